//! What a shell that asks for completions gets: one line that says what else can stand here, and one for each candidate.

use std::ffi::OsString;
use std::path::Path;

use clap::Command;
use clap_complete::CompletionCandidate;
use clap_complete::engine::complete;

/// Answers for a command line whose last word is being typed.
///
/// The first line is `words`, `files` if the shell should add its own completion of files, or `program N` if the words from the
/// N-th on are a command line of their own.
pub(super) fn answer(tree: &Command, words: &[OsString], directory: Option<&Path>) -> String {
    if let Some(at) = program(tree, words) {
        return format!("program {at}\n");
    }
    let candidates = |directory: Option<&Path>| {
        let last = words.len().saturating_sub(1);
        complete(&mut tree.clone(), words.to_vec(), last, directory).unwrap_or_default()
    };
    let found = candidates(None);
    // Without a directory the files are missing.
    let takes_files = candidates(directory).len() > found.len();
    let mut answer = String::from(if takes_files { "files\n" } else { "words\n" });
    for candidate in shown(found, words, takes_files) {
        push(&mut answer, &candidate);
    }
    answer
}

/// Options are shown once they are begun, or where there is nothing else.
fn shown(found: Vec<CompletionCandidate>, words: &[OsString], takes_files: bool) -> Vec<CompletionCandidate> {
    let is_option = |candidate: &CompletionCandidate| candidate.get_value().as_encoded_bytes().starts_with(b"-");
    let wants_option = words.last().is_some_and(|word| word.as_encoded_bytes().starts_with(b"-"));
    if wants_option || !takes_files && found.iter().all(is_option) {
        return found;
    }
    found.into_iter().filter(|candidate| !is_option(candidate)).collect()
}

/// Where the command line of a program begins that `exec` runs.
fn program(tree: &Command, words: &[OsString]) -> Option<usize> {
    let before = words.get(..words.len().checked_sub(1)?)?;
    let at = before.iter().position(|word| word == "--")?;
    let command = before.get(1..at)?.iter().find_map(|word| tree.find_subcommand(word))?;
    (command.get_name() == "exec").then_some(at + 1)
}

fn push(answer: &mut String, candidate: &CompletionCandidate) {
    answer.push_str(&candidate.get_value().to_string_lossy());
    let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
    if let Some(help) = help.lines().next().filter(|help| !help.is_empty()) {
        answer.push('\t');
        answer.push_str(help);
    }
    answer.push('\n');
}
