//! The current path of each directory: what relative names and a missing source mean there.

use std::path::{Path, PathBuf};

use super::{Config, ConfigError, ConfigFile, PATHS, set, text};
use crate::model::name::ParameterPath;

/// The directory at or above `here`, but not above `top`, that has a current path, and that path.
pub(crate) fn current(config: &Config, here: &Path, top: Option<&Path>) -> Option<(PathBuf, ParameterPath)> {
    let mut directories = here.ancestors().take_while(|directory| top.is_none_or(|top| directory.starts_with(top)));
    let found = directories.find_map(|directory| Some((directory, config.paths.get(directory)?)));
    found.and_then(|(directory, path)| Some((directory.to_owned(), path.parse().ok()?)))
}

/// Sets the current path of a directory in the file of the configuration, or removes it.
pub(crate) fn set_current(
    configuration: &Path,
    directory: &Path,
    path: Option<&ParameterPath>,
) -> Result<(), ConfigError> {
    let mut paths = ConfigFile::at(configuration).read()?.paths.clone();
    match path {
        Some(path) => drop(paths.insert(directory.to_owned(), path.as_str().to_owned())),
        None => drop(paths.remove(directory)),
    }
    set(configuration, PATHS, text::emit_paths(&paths), |config| config.paths = paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_directory_decides_and_none_above_the_project() {
        let home = tempfile::tempdir().unwrap();
        for (directory, path) in [("/p", "/shop/dev"), ("/p/api", "/shop/api"), ("/", "/all")] {
            set_current(home.path(), Path::new(directory), Some(&path.parse().unwrap())).unwrap();
        }
        let config = ConfigFile::at(home.path()).read().unwrap().clone();
        let at = |here: &str, top: Option<&str>| {
            current(&config, Path::new(here), top.map(Path::new)).map(|(_, path)| path.as_str().to_owned())
        };
        assert_eq!(at("/p/api/src", Some("/p")).as_deref(), Some("/shop/api"));
        assert_eq!(at("/p/web", Some("/p")).as_deref(), Some("/shop/dev"));
        assert_eq!(at("/p/web", Some("/p/web")), None, "another project inside it");
        assert_eq!(at("/q", None).as_deref(), Some("/all"));
        set_current(home.path(), Path::new("/p"), None).unwrap();
        let config = ConfigFile::at(home.path()).read().unwrap().clone();
        assert_eq!(config.paths.len(), 2);
    }
}
