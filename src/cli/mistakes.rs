//! Mistakes on the command line, in the words of clap, with tips that lead somewhere.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command, Error};

use crate::model::name::SecretName;
use crate::model::parameter::ParameterRef;
use crate::model::suggestion::distance;

/// Words that other tools teach, after the words of a command, with what does that here.
const TAUGHT: &[(&str, &[&str], &str)] = &[
    (
        "",
        &["new", "create", "add", "insert", "write", "save", "store"],
        "`vault set NAME` stores a value, and `vault init` creates a vault",
    ),
    (
        "",
        &["generate", "gen", "pwgen"],
        "`vault set NAME --generate` stores a random value; `vault secret random` only prints one",
    ),
    ("", &["cat", "read", "reveal", "print", "fetch", "decrypt"], "`vault get NAME` prints a value"),
    ("", &["copy", "cp"], "`vault param copy` copies a parameter to another name"),
    ("", &["move", "mv", "rename"], "`vault param move` renames a parameter"),
    ("", &["update", "modify", "change", "encrypt"], "`vault set NAME` stores a new version"),
    ("", &["remove", "del", "unset", "destroy"], "`vault rm NAME` deletes it"),
    ("", &["tree"], "`vault ls --tree` draws all names"),
    ("", &["describe", "info", "inspect"], "`vault show NAME` shows all but the value, and `vault status` the vault"),
    ("", &["versions"], "`vault history NAME` shows the versions"),
    (
        "",
        &["undo", "revert", "rollback"],
        "`vault param rollback NAME:VERSION` and `vault secret stage` bring a version back",
    ),
    ("", &["undelete", "recover"], "`vault secret restore` cancels a deletion, and `vault restore` opens a backup"),
    ("", &["tag"], "`vault param tag` and `vault secret tag` set tags"),
    ("", &["check", "fsck"], "`vault verify` checks everything, and `vault status` says what needs attention"),
    ("", &["login", "open", "signin"], "`vault unlock` caches your identity"),
    ("", &["logout", "close", "signout"], "`vault lock` ends the agent that `vault unlock` starts"),
    ("", &["push", "pull", "git"], "`vault sync` pulls, merges, verifies and pushes"),
    ("", &["clone"], "`git clone` copies the repository of a vault, and the vault with it"),
    ("", &["dump"], "`vault export` and `vault env` write values"),
    ("", &["load"], "`vault import` reads values of other tools, and `vault env` writes them for a shell"),
    ("", &["inject", "template"], "`vault render` fills a template"),
    ("", &["shell"], "`vault exec SOURCE -- $SHELL` starts a shell with the values"),
    (
        "",
        &["grant", "invite", "user", "users", "team"],
        "`vault member add` adds somebody, and `vault key grant` lets them read more",
    ),
    ("", &["whoami"], "`vault member whoami` shows who you are"),
    (
        "policy",
        &["get", "put", "set", "show"],
        "`vault secret policy` manages the policy of a secret, and `vault serve credentials` those of programs",
    ),
    ("", &["replicate", "replication", "mirror"], "`vault replica add` keeps a copy of a secret in another vault"),
    ("param", &["set", "add", "create", "new", "update"], "`vault param put NAME` stores a value"),
    ("param", &["cat", "read", "print"], "`vault param get NAME` prints a value"),
    ("param", &["delete", "remove", "del"], "`vault param rm NAME` deletes it"),
    ("param", &["rename"], "`vault param move` renames a parameter"),
    ("param", &["versions", "log"], "`vault param history NAME` shows the versions"),
    ("param", &["describe", "info"], "`vault param show NAME` shows all but the value"),
    ("param", &["label", "labels"], "`vault label` manages labels"),
    ("param", &["find", "search"], "`vault find TEXT` searches names"),
    (
        "secret",
        &["set", "write"],
        "`vault secret put NAME` stores a new version, and `vault secret create NAME` a new secret",
    ),
    ("secret", &["add", "new", "insert"], "`vault secret create NAME` creates one"),
    ("secret", &["cat", "read", "print"], "`vault secret get NAME` prints a value"),
    ("secret", &["delete", "remove", "del"], "`vault secret rm NAME` marks it for deletion"),
    ("secret", &["history", "log"], "`vault secret versions NAME` shows the versions"),
    ("secret", &["rotate"], "`vault rotate run NAME` rotates it"),
    ("secret", &["label", "labels"], "`vault secret stage` shows and moves stages"),
    ("secret", &["undelete", "recover"], "`vault secret restore NAME` cancels its deletion"),
    ("secret", &["find", "search"], "`vault find TEXT` searches names"),
    (
        "secret",
        &["copy", "cp", "move", "mv", "rename"],
        "a secret keeps its name: `vault secret create NAME` creates another one",
    ),
];

/// The error with tips that lead somewhere: never to commands that are called by other programs, and never to the same error again.
pub(super) fn explained(mut error: Error, words: &[OsString], tree: &Command) -> Error {
    // The advice to write `-- --option` instead of an option that does not exist.
    error.remove(ContextKind::Suggested);
    let tip = match error.kind() {
        ErrorKind::InvalidSubcommand => subcommand(&mut error, words, tree),
        ErrorKind::ValueValidation => unrooted(&error),
        ErrorKind::MissingRequiredArgument => undivided(&error),
        _ => None,
    };
    if let Some(tip) = tip {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    error
}

/// A tip for a command that does not exist. A similar one stays, if it is for people and really similar.
fn subcommand(error: &mut Error, words: &[OsString], tree: &Command) -> Option<String> {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let typed = typed.clone();
    let mut parent = tree;
    let mut path = Vec::new();
    for word in words.iter().filter_map(|word| word.to_str()).take_while(|word| *word != typed) {
        if let Some(below) = parent.find_subcommand(word).filter(|_| word != "help") {
            parent = below;
            path.push(below.get_name());
        }
    }
    let path = path.join(" ");
    let taught = TAUGHT.iter().find(|(after, guesses, _)| *after == path && guesses.contains(&typed.as_str()));
    let similar = match error.remove(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::String(one)) => vec![one],
        Some(ContextValue::Strings(all)) => all,
        _ => Vec::new(),
    };
    if let Some((_, _, tip)) = taught {
        return Some((*tip).to_owned());
    }
    let is_hidden = |name: &str| parent.find_subcommand(name).is_some_and(Command::is_hide_set);
    let similar: Vec<String> =
        similar.into_iter().filter(|name| !is_hidden(name) && distance(&typed, name).is_some()).collect();
    if similar.is_empty() {
        return Some(format!(
            "`{}` lists the commands",
            if path.is_empty() { "vault --help".to_owned() } else { format!("vault {path} --help") }
        ));
    }
    error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(similar));
    None
}

/// A name with levels but without its first slash.
fn unrooted(error: &Error) -> Option<String> {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidValue) else { return None };
    let rooted = format!("/{typed}");
    let is_unrooted = !typed.starts_with('/') && error.to_string().contains("begins with `/`");
    if !is_unrooted || rooted.parse::<ParameterRef>().is_err() {
        return None;
    }
    let secret = if typed.parse::<SecretName>().is_ok() { " `vault secret` is for secrets" } else { "" };
    Some(format!("did you mean `{rooted}`?{secret}"))
}

/// A program without the `--` that divides it from its sources.
fn undivided(error: &Error) -> Option<String> {
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else { return None };
    let is_program = missing.iter().any(|argument| argument.contains("<COMMAND>"));
    is_program.then(|| "put `--` before the program: `vault exec /app/prod -- npm start`".to_owned())
}

/// The error for a word that looks like an option and was taken for a value, because values may begin with a hyphen.
pub(super) fn option_as_value(matches: &ArgMatches, words: &[OsString], tree: &Command) -> Option<Error> {
    let (mut command, mut here) = (tree, matches);
    while let Some((word, below)) = here.subcommand() {
        (command, here) = (command.find_subcommand(word)?, below);
    }
    let mut values = here.try_get_raw("value").ok()??;
    let typed = || words.iter().take_while(|word| *word != "--");
    let word = values.find(|value| value.as_encoded_bytes().starts_with(b"--") && typed().any(|word| word == value))?;
    let word = word.to_string_lossy().into_owned();
    let options = command.get_opts().chain(command.get_arguments()).filter_map(|option| option.get_long());
    let mut near: Vec<(usize, String)> = options
        .filter_map(|option| Some((distance(word.trim_start_matches('-'), option)?, format!("--{option}"))))
        .collect();
    near.sort();
    let mut error = Error::new(ErrorKind::UnknownArgument).with_cmd(command);
    error.insert(ContextKind::InvalidArg, ContextValue::String(word));
    if let Some((_, option)) = near.into_iter().next() {
        error.insert(ContextKind::SuggestedArg, ContextValue::String(option));
    }
    let tip = "a value that begins with `--` is written after `--`";
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    error.insert(ContextKind::Usage, ContextValue::StyledStr(command.clone().render_usage()));
    Some(error)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::cli::Cli;

    /// Every tip names commands that exist, and no guess is a command.
    #[test]
    fn tips_name_commands_that_exist() {
        let mut tree = Cli::command();
        tree.build();
        for (parent, guesses, tip) in TAUGHT {
            let above = if parent.is_empty() { &tree } else { tree.find_subcommand(parent).unwrap() };
            for guess in *guesses {
                assert!(above.find_subcommand(guess).is_none(), "`{parent} {guess}` is a command");
            }
            for command in tip.split('`').skip(1).step_by(2).filter_map(|words| words.strip_prefix("vault ")) {
                let mut words = command.split(' ');
                let first = tree.find_subcommand(words.next().unwrap()).unwrap_or_else(|| panic!("{tip}"));
                let second = words.next().filter(|_| first.has_subcommands());
                assert!(second.is_none_or(|word| first.find_subcommand(word).is_some()), "{tip}");
            }
        }
    }
}
