//! A command line that is no command: help and versions that were asked for, and mistakes.

use std::ffi::OsString;
use std::io;

use clap::error::ErrorKind;

use super::exit::Exit;
use super::terminal::escape;
use super::terminal::page::Format;
use super::terminal::ui::{self, Failure};

/// Help and version go to stdout with exit code 0, mistakes to stderr with 2, or 125 if the command runs a program: its own
/// code could be 2. clap words them all. It repeats words as they were typed, or as a script passed them on, so those that a
/// terminal may act on are parsed again, escaped.
pub(super) fn answer(
    error: &clap::Error,
    words: &[OsString],
    tree: clap::Command,
    parse: impl Fn(&[OsString]) -> Option<clap::Error>,
) -> u8 {
    let harmless: Vec<OsString> = words.iter().map(|word| escape::line(&word.to_string_lossy()).into()).collect();
    let escaped = if harmless == words { None } else { parse(&harmless) };
    let shown = escaped.as_ref().unwrap_or(error);
    let is_escaped = harmless == words || escaped.is_some();
    match (error.use_stderr(), wants_json(words), is_escaped) {
        (true, true, _) => ui::print_failure(&failure(shown), Format::Json),
        (_, _, true) => drop::<io::Result<()>>(shown.print()),
        _ => ui::print_fatal(escape::value(error.to_string().trim_end().as_bytes()).as_str()),
    }
    match error.exit_code() {
        0 => 0,
        _ if runs_a_program(tree, words) => Exit::BeforeExec.code(),
        _ => Exit::Usage.code(),
    }
}

/// Whether `--json` is among the options, wherever the mistake is.
fn wants_json(words: &[OsString]) -> bool {
    words.iter().skip(1).take_while(|word| *word != "--").any(|word| word == "--json")
}

fn runs_a_program(tree: clap::Command, words: &[OsString]) -> bool {
    let matches = tree.ignore_errors(true).try_get_matches_from(words);
    matches.is_ok_and(|matches| matches.subcommand_name() == Some("exec"))
}

/// The parts of clap's text: what is wrong, its tips, and the usage.
fn failure(error: &clap::Error) -> Failure {
    // A long usage goes on below its beginning.
    let text = error.to_string().replace("\n       ", " ");
    let failure = |message: String, hints| Failure { code: "usage", message, details: Vec::new(), hints };
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return failure("a subcommand is missing".into(), vec!["`--help` lists them".into()]);
    }
    let mut parts = text.trim_end().split("\n\n").map(|part| part.lines().map(str::trim));
    let message = parts.next().into_iter().flatten().collect::<Vec<_>>().join(" ");
    let tips = |line: &str| {
        line.strip_prefix("tip: ").or_else(|| line.starts_with("Usage: ").then_some(line)).map(str::to_owned)
    };
    let hints = parts.flatten().filter_map(tips).collect();
    failure(message.strip_prefix("error: ").unwrap_or(&message).to_owned(), hints)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn json_is_an_option_before_the_program_only() {
        for (line, expected) in
            [("vault --json get", true), ("vault get --nope --json", true), ("vault exec -- x --json", false)]
        {
            assert_eq!(wants_json(&words(line)), expected, "{line}");
        }
    }

    #[test]
    fn a_mistake_is_taken_apart() {
        let tree = || {
            clap::Command::new("vault").subcommand(
                clap::Command::new("exec").arg(clap::arg!(<NAME>).required(true)).arg(clap::arg!(--length <N>)),
            )
        };
        let failed = |line: &str| failure(&tree().try_get_matches_from(words(line)).unwrap_err());
        let missing = failed("vault exec");
        assert_eq!(missing.message, "the following required arguments were not provided: <NAME>");
        assert_eq!((missing.code, missing.hints.len()), ("usage", 1), "{missing:?}");
        let unknown = failed("vault exec x --lenght 3");
        assert_eq!(unknown.message, "unexpected argument '--lenght' found");
        assert_eq!(unknown.hints[0], "a similar argument exists: '--length'");
        assert!(runs_a_program(tree(), &words("vault exec --nope")) && !runs_a_program(tree(), &words("vault --nope")));
    }
}
