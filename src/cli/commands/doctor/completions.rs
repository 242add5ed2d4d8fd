//! Completions of the user's shell.

use super::check::Line;
use crate::cli::commands::completions;
use crate::cli::env;

/// The line of a shell's own file that asks this program for its script.
const CALL: &str = "vault completions";

pub(super) fn check() -> Option<Line> {
    let (shell, home) = (env::shell()?, dirs::home_dir()?);
    let name = shell.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let &Shell { callers, scripts, install, .. } = SHELLS.iter().find(|shell| shell.name == name)?;
    let mut callers = callers.iter().filter_map(|file| std::fs::read_to_string(home.join(file)).ok());
    if callers.any(|text| text.contains(CALL)) {
        return Some(Line::ok(format!("{name} asks this program")));
    }
    let mut scripts = scripts.iter().map(|file| home.join(file));
    let Some((text, file)) = scripts.find_map(|file| Some((std::fs::read(&file).ok()?, file))) else {
        return Some(Line::warning(format!("{name} does not complete commands and names of vaults"), install));
    };
    Some(if completions::script_of(name).is_some_and(|script| script == text) {
        Line::ok(format!("`{}`", file.display()))
    } else {
        Line::warning(format!("`{}` is of another version", file.display()), install)
    })
}

/// Where a shell looks: below the home directory, or at an absolute path.
struct Shell {
    name: &'static str,
    /// Files that may run `vault completions`.
    callers: &'static [&'static str],
    /// Files that may contain its output.
    scripts: &'static [&'static str],
    install: &'static str,
}

const SHELLS: &[Shell] = &[
    Shell {
        name: "bash",
        callers: &[".bashrc", ".bash_profile", ".profile", ".bash_completion"],
        scripts: &[
            ".local/share/bash-completion/completions/vault",
            "/usr/local/share/bash-completion/completions/vault",
            "/usr/share/bash-completion/completions/vault",
        ],
        install: "echo 'source <(vault completions bash)' >> ~/.bashrc",
    },
    Shell {
        name: "zsh",
        callers: &[".zshrc", ".zprofile", ".zshenv"],
        scripts: &[
            ".zfunc/_vault",
            ".zsh/completions/_vault",
            "/usr/local/share/zsh/site-functions/_vault",
            "/usr/share/zsh/site-functions/_vault",
            "/usr/share/zsh/vendor-completions/_vault",
        ],
        install: "echo 'source <(vault completions zsh)' >> ~/.zshrc",
    },
    Shell {
        name: "fish",
        callers: &[".config/fish/config.fish"],
        scripts: &[
            ".config/fish/completions/vault.fish",
            "/usr/local/share/fish/vendor_completions.d/vault.fish",
            "/usr/share/fish/vendor_completions.d/vault.fish",
        ],
        install: "vault completions fish > ~/.config/fish/completions/vault.fish",
    },
    Shell {
        name: "elvish",
        callers: &[".config/elvish/rc.elv", ".elvish/rc.elv"],
        scripts: &[],
        install: "vault completions elvish >> ~/.config/elvish/rc.elv",
    },
];
