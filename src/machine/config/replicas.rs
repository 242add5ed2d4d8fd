//! Where this machine has the vaults with copies of secrets: a document names them by their ids only.

use std::path::{Path, PathBuf};

use super::{Config, ConfigError, ConfigFile, REPLICAS, set, text};
use crate::model::id::VaultId;

/// The directory of a vault with copies, if this machine knows it.
pub(crate) fn place(config: &Config, vault: VaultId) -> Option<&PathBuf> {
    config.replicas.get(&vault.to_string())
}

/// The vault that a directory should have.
pub(crate) fn vault_at(config: &Config, place: &Path) -> Option<VaultId> {
    config.replicas.iter().find(|(_, known)| *known == place).and_then(|(vault, _)| vault.parse().ok())
}

/// Sets the directory of a vault in the file of the configuration, or forgets it.
pub(crate) fn set_place(configuration: &Path, vault: VaultId, place: Option<&Path>) -> Result<(), ConfigError> {
    let file = ConfigFile::at(configuration);
    let before = &file.read()?.replicas;
    let mut replicas = before.clone();
    match place {
        Some(place) => drop(replicas.insert(vault.to_string(), place.to_owned())),
        None => drop(replicas.remove(&vault.to_string())),
    }
    if replicas == *before {
        return Ok(());
    }
    set(configuration, REPLICAS, text::emit_replicas(&replicas), |config| config.replicas = replicas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_known_until_it_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let (here, there) = (VaultId([1; 32]), VaultId([2; 32]));
        set_place(home.path(), here, Some(Path::new("/a/.vault"))).unwrap();
        set_place(home.path(), there, Some(Path::new("/b"))).unwrap();
        set_place(home.path(), here, None).unwrap();
        let config = ConfigFile::at(home.path()).read().unwrap().clone();
        assert_eq!((place(&config, here), place(&config, there)), (None, Some(&PathBuf::from("/b"))));
        assert_eq!((vault_at(&config, Path::new("/a")), vault_at(&config, Path::new("/b"))), (None, Some(there)));
        assert!(set_place(home.path(), here, Some(Path::new("relative"))).is_err());
    }
}
