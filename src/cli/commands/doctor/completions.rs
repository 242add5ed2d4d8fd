//! Completions of the user's shell.

use std::path::{Path, PathBuf};

use super::check::{Examination, Line};
use crate::cli::commands::completions;
use crate::cli::env;
use crate::cli::error::CliResult;

/// The line of a shell's own file that asks this program for its script.
const CALL: &str = "vault completions";

#[expect(clippy::unnecessary_wraps, reason = "every check has this form")]
pub(super) fn check(_: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let (Some(shell), Some(home)) = (env::shell(), dirs::home_dir()) else { return Ok(Vec::new()) };
    let name = shell.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some(places) = Places::of(name, &home) else { return Ok(Vec::new()) };
    if places.callers.iter().any(|file| std::fs::read_to_string(file).is_ok_and(|text| text.contains(CALL))) {
        return Ok(vec![Line::ok(format!("{name} asks this program"))]);
    }
    let install = places.install;
    let Some((file, text)) = places.scripts.iter().find_map(|file| Some((file, std::fs::read(file).ok()?))) else {
        return Ok(vec![Line::warning(format!("{name} does not complete commands and names of vaults"), install)]);
    };
    Ok(vec![if completions::script_of(name).is_some_and(|script| script == text) {
        Line::ok(format!("`{}`", file.display()))
    } else {
        Line::warning(format!("`{}` is of another version", file.display()), install)
    }])
}

/// Where a shell looks.
struct Places {
    /// Files that may run `vault completions`.
    callers: Vec<PathBuf>,
    /// Files that may contain its output.
    scripts: Vec<PathBuf>,
    install: &'static str,
}

impl Places {
    fn of(shell: &str, home: &Path) -> Option<Places> {
        let below = |names: &[&str]| names.iter().map(|name| home.join(name)).collect();
        Some(match shell {
            "bash" => Places {
                callers: below(&[".bashrc", ".bash_profile", ".profile", ".bash_completion"]),
                scripts: below(&[
                    ".local/share/bash-completion/completions/vault",
                    "/usr/local/share/bash-completion/completions/vault",
                    "/usr/share/bash-completion/completions/vault",
                ]),
                install: "echo 'source <(vault completions bash)' >> ~/.bashrc",
            },
            "zsh" => Places {
                callers: below(&[".zshrc", ".zprofile", ".zshenv"]),
                scripts: below(&[
                    ".zfunc/_vault",
                    ".zsh/completions/_vault",
                    "/usr/local/share/zsh/site-functions/_vault",
                    "/usr/share/zsh/site-functions/_vault",
                    "/usr/share/zsh/vendor-completions/_vault",
                ]),
                install: "echo 'source <(vault completions zsh)' >> ~/.zshrc",
            },
            "fish" => Places {
                callers: below(&[".config/fish/config.fish"]),
                scripts: below(&[
                    ".config/fish/completions/vault.fish",
                    "/usr/local/share/fish/vendor_completions.d/vault.fish",
                    "/usr/share/fish/vendor_completions.d/vault.fish",
                ]),
                install: "vault completions fish > ~/.config/fish/completions/vault.fish",
            },
            "elvish" => Places {
                callers: below(&[".config/elvish/rc.elv", ".elvish/rc.elv"]),
                scripts: Vec::new(),
                install: "vault completions elvish >> ~/.config/elvish/rc.elv",
            },
            _ => return None,
        })
    }
}
