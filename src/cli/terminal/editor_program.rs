//! Arguments for editors so that they write the value nowhere else.
//!
//! They disable backups, swap and undo files, and histories of what was typed. An unknown editor gets no arguments;
//! what it leaves beside the file is removed with the private directory. VS Code keeps a local history that no argument
//! turns off.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

const VIM: &[&str] = &[
    "-n",
    "-i",
    "NONE",
    // Before the user's configuration, and again after it, because it may have changed them.
    "--cmd",
    "silent! set nobackup nowritebackup noundofile",
    "-c",
    "silent! set nobackup nowritebackup noundofile",
];
const EMACS: &[&str] = &[
    "--eval",
    "(setq make-backup-files nil auto-save-default nil create-lockfiles nil auto-save-list-file-prefix nil)",
];
const NANO: &[&str] = &["--ignorercfiles"];
const MICRO: &[&str] = &["-backup", "false", "-savehistory", "false", "-saveundo", "false", "-savecursor", "false"];

/// The arguments for the editor of a command line such as `vim -f`. `search` is a PATH to find out what `vi` is.
pub(crate) fn precautions(command: &str, search: Option<&OsStr>) -> &'static [&'static str] {
    let words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    // A command line may begin with assignments.
    let Some(program) = words.skip_while(|word| word.contains('=')).find(|word| !word.is_empty()) else { return &[] };
    let name = Path::new(program).file_name().and_then(OsStr::to_str).unwrap_or_default();
    match name {
        "vim" | "nvim" | "gvim" | "mvim" | "vimx" | "nvim-qt" => VIM,
        "vi" | "view" | "editor" => by_target(program, search),
        "emacs" | "emacs-nox" => EMACS,
        "nano" => NANO,
        "micro" => MICRO,
        _ => &[],
    }
}

/// `vi` is vim on one machine and busybox, which knows none of these arguments, on another: follow the links.
fn by_target(program: &str, search: Option<&OsStr>) -> &'static [&'static str] {
    let mut places = search.into_iter().flat_map(std::env::split_paths).map(|directory| directory.join(program));
    let target = places.find_map(|place| fs::canonicalize(place).ok());
    let target = target.as_deref().and_then(Path::file_name).and_then(OsStr::to_str).unwrap_or_default();
    match target {
        name if name.starts_with("vim") || name.starts_with("nvim") => VIM,
        name if name.starts_with("nano") => NANO,
        name if name.starts_with("emacs") && !name.contains("client") => EMACS,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_program_is_found_behind_paths_assignments_and_arguments() {
        for command in ["vim", "/usr/bin/nvim", "LANG=C vim -f", "\"/usr/bin/vim\" -u NONE"] {
            assert_eq!(precautions(command, None), VIM, "{command}");
        }
        for command in ["code --wait", "emacsclient -t", "", "ed"] {
            assert!(precautions(command, None).is_empty(), "{command}");
        }
    }

    #[test]
    fn vi_is_what_its_link_says() {
        let directory = tempfile::tempdir().unwrap();
        let search = directory.path().as_os_str();
        for (target, expected) in [("vim.basic", VIM), ("busybox", &[])] {
            let _ = fs::remove_file(directory.path().join("vi"));
            fs::write(directory.path().join(target), "").unwrap();
            symlink(target, directory.path().join("vi")).unwrap();
            assert_eq!(precautions("vi", Some(search)), expected, "{target}");
        }
    }
}
