//! The only module that prompts. Questions go to the controlling terminal, regardless of stdin and stdout.
//!
//! A signal at any question restores the terminal and ends the process with 128 + its number.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

use dialoguer::Select;
use dialoguer::console::Term;
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::hidden_line::Line;
use super::{escape, hidden_line, shown_line, signal};
use crate::model::value::SecretValue;

/// How often a question is asked before the command gives up.
pub(crate) const ATTEMPTS: usize = 3;

/// Whether the user may be prompted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interaction {
    /// Questions are asked where there is a terminal.
    Allowed,
    /// `--no-input`.
    Forbidden,
}

/// Why there is no answer. Nothing that was typed is repeated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PromptError {
    /// Prompting is not possible: `--no-input`, or no terminal.
    #[error("{what} is needed, but prompting is not possible")]
    InputNeeded {
        /// What was needed, such as "a value for `/a`".
        what: String,
        /// What to type instead, such as `--stdin`.
        flag: String,
    },
    /// Two entries differed too often.
    #[error("the two entries differ")]
    Mismatch,
    /// Nothing was typed, too often.
    #[error("the input was empty")]
    Empty,
    /// More than fits into a value.
    #[error("the input is longer than {} bytes", crate::model::value_form::VALUE_LIMIT)]
    TooLong,
    /// A passphrase in bytes that are not UTF-8.
    #[error("the input is not UTF-8 text")]
    NotText,
    /// The user ended the input with Ctrl-D, or the terminal went away.
    #[error("the question was not answered")]
    Ended,
    #[error("cannot use the terminal: {0}")]
    Terminal(#[from] io::Error),
}

/// A question, and the option that would have made it unnecessary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// What is shown: `Value for /a`. Foreign text in it is escaped here.
    pub text: &'a str,
    /// For the error when prompting is not possible: "a value for `/a`".
    pub what: &'a str,
    /// The option to give it without a prompt: `--stdin`.
    pub flag: &'a str,
}

impl<'a> Question<'a> {
    /// One that `--yes` answers: whether to do something.
    pub(crate) fn decision(text: &'a str) -> Self {
        Question { text, what: "a decision", flag: "`--yes`" }
    }

    /// One that `--yes` answers: whether something is really meant.
    pub(crate) fn confirmation(text: &'a str) -> Self {
        Question { text, what: "a confirmation", flag: "`--yes`" }
    }

    /// The error where it cannot be asked.
    pub(crate) fn unanswered(&self) -> PromptError {
        PromptError::InputNeeded { what: self.what.into(), flag: self.flag.into() }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Prompter {
    interaction: Interaction,
}

impl Prompter {
    /// A prompter that respects `--no-input`.
    pub(crate) fn new(interaction: Interaction) -> Self {
        Prompter { interaction }
    }

    /// Whether a user types the commands: prompting is allowed, and stdin is a terminal too.
    pub(crate) fn is_attended(self) -> bool {
        self.interaction == Interaction::Allowed && io::stdin().is_terminal() && controlling_terminal().is_some()
    }

    /// A value, not shown, typed twice.
    pub(crate) fn value(self, question: Question<'_>) -> Result<SecretValue, PromptError> {
        let terminal = self.terminal(question)?;
        twice(&terminal, question.text).map(SecretValue::new)
    }

    /// Shows a text on the terminal alone, not on stderr or stdout, which may go to a file, and asks until the answer is yes.
    pub(crate) fn show_until_confirmed(self, text: &str, question: Question<'_>) -> Result<(), PromptError> {
        self.show(text, question)?;
        for _ in 0..ATTEMPTS {
            if self.confirm(question, Some(false))? {
                return Ok(());
            }
        }
        Err(PromptError::Ended)
    }

    /// Shows a text, already escaped, on the terminal alone.
    pub(crate) fn show(self, text: &str, question: Question<'_>) -> Result<(), PromptError> {
        let terminal = self.terminal(question)?;
        Ok((&terminal).write_all(format!("{text}\n").as_bytes())?)
    }

    /// A passphrase that exists already: not shown, typed once.
    pub(crate) fn passphrase(self, question: Question<'_>) -> Result<Zeroizing<String>, PromptError> {
        let terminal = self.terminal(question)?;
        text(once(&terminal, question.text)?)
    }

    /// A new passphrase: not shown, typed twice.
    pub(crate) fn new_passphrase(self, question: Question<'_>) -> Result<Zeroizing<String>, PromptError> {
        let terminal = self.terminal(question)?;
        text(twice(&terminal, question.text)?)
    }

    /// Yes or no, with Enter: what is typed before the question, and the Enter after one, answer no other. Enter alone takes the
    /// default, if there is one.
    pub(crate) fn confirm(self, question: Question<'_>, default: Option<bool>) -> Result<bool, PromptError> {
        let choices = match default {
            Some(true) => "[Y/n]",
            Some(false) => "[y/N]",
            None => "[y/n]",
        };
        let answer = |line: &str| match line.to_lowercase().as_str() {
            "" => default,
            "y" | "yes" => Some(true),
            "n" | "no" => Some(false),
            _ => None,
        };
        self.ask(question, &format!(" {choices} "), "Type y or n, and Enter.\n", answer)
    }

    /// A line of text. Enter takes the default, if there is one.
    pub(crate) fn text(self, question: Question<'_>, default: Option<&str>) -> Result<String, PromptError> {
        let shown = default.map_or_else(|| ": ".to_owned(), |default| format!(" [{default}]: "));
        let answer = |line: &str| if line.is_empty() { default.map(str::to_owned) } else { Some(line.to_owned()) };
        self.ask(question, &shown, "Nothing was typed, try again.\n", answer)
    }

    /// One of several, by its place in `items`: chosen with the arrow keys and Enter.
    pub(crate) fn select(self, question: Question<'_>, items: &[&str], default: usize) -> Result<usize, PromptError> {
        // dialoguer hides the cursor while it waits.
        const SHOW_CURSOR: &[u8] = b"\x1b[?25h\n";
        let terminal = self.terminal(question)?;
        let (again, original) = (terminal.try_clone()?, tcgetattr(&terminal).map_err(io::Error::from)?);
        let _guard = signal::before_end(move || {
            let _ = tcsetattr(&again, OptionalActions::Flush, &original);
            let _ = (&again).write_all(SHOW_CURSOR);
        })?;
        // What was typed before the question chooses nothing.
        tcflush(&terminal, QueueSelector::IFlush).map_err(io::Error::from)?;
        let items: Vec<String> = items.iter().map(|item| escape::line(item)).collect();
        let list = Select::new().with_prompt(escape::line(question.text)).items(&items).default(default);
        let term = Term::read_write_pair(terminal.try_clone()?, terminal.try_clone()?);
        list.interact_on(&term).map_err(|dialoguer::Error::IO(error)| match error.kind() {
            // With the terminal in raw mode Ctrl-C is a character, which console reports like this.
            // A signal may interrupt it too, before the thread that waits for signals gets to see it.
            io::ErrorKind::Interrupted => signal::end_interrupted(),
            io::ErrorKind::UnexpectedEof => PromptError::Ended,
            _ => PromptError::Terminal(error),
        })
    }

    /// Asks until there is an answer, but not for ever. `tail` follows the question, `again` a line that is no answer.
    pub(crate) fn ask<T>(
        self,
        question: Question<'_>,
        tail: &str,
        again: &str,
        answer: impl Fn(&str) -> Option<T>,
    ) -> Result<T, PromptError> {
        let terminal = self.terminal(question)?;
        let asked = escape::line(question.text) + tail;
        for _ in 0..ATTEMPTS {
            let line = shown_line::read(&terminal, &asked)?.ok_or(PromptError::Ended)?;
            if let Some(answer) = answer(line.trim()) {
                return Ok(answer);
            }
            (&terminal).write_all(again.as_bytes())?;
        }
        Err(PromptError::Ended)
    }

    pub(crate) fn terminal(self, question: Question<'_>) -> Result<File, PromptError> {
        match self.interaction {
            Interaction::Forbidden => Err(question.unanswered()),
            Interaction::Allowed => controlling_terminal().ok_or_else(|| question.unanswered()),
        }
    }
}

/// The terminal of the user, even where stdin is a pipe. Containers may have one as stdin that controls nothing.
pub(crate) fn controlling_terminal() -> Option<File> {
    File::options().read(true).write(true).open("/dev/tty").ok().or_else(|| {
        let stdin = io::stdin();
        if stdin.is_terminal() { stdin.as_fd().try_clone_to_owned().ok().map(File::from) } else { None }
    })
}

fn once(terminal: &File, text: &str) -> Result<Zeroizing<Vec<u8>>, PromptError> {
    for _ in 0..ATTEMPTS {
        let typed = hidden(terminal, &format!("{}: ", escape::line(text)))?;
        if !typed.is_empty() {
            return Ok(typed);
        }
        (&*terminal).write_all(b"Nothing was typed, try again.\n")?;
    }
    Err(PromptError::Empty)
}

fn twice(terminal: &File, text: &str) -> Result<Zeroizing<Vec<u8>>, PromptError> {
    for _ in 0..ATTEMPTS {
        let first = once(terminal, text)?;
        let second = hidden(terminal, "Repeat: ")?;
        if bool::from(first.ct_eq(&second)) {
            return Ok(first);
        }
        (&*terminal).write_all(b"The two differ, try again.\n")?;
    }
    Err(PromptError::Mismatch)
}

fn hidden(terminal: &File, prompt: &str) -> Result<Zeroizing<Vec<u8>>, PromptError> {
    match hidden_line::read(terminal, prompt)? {
        Line::Typed(typed) => Ok(typed),
        Line::Ended => Err(PromptError::Ended),
        Line::TooLong => Err(PromptError::TooLong),
    }
}

fn text(mut bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>, PromptError> {
    String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        PromptError::NotText
    })
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;
    use crate::cli::terminal::pseudo_terminal::Session;

    const ASK: &str = "PROMPT_TEST_ASK";

    #[test]
    #[ignore = "the child of the tests below"]
    fn child() {
        let Ok(ask) = std::env::var(ASK) else { return };
        let prompter = Prompter::new(Interaction::Allowed);
        let question = Question { text: "Value for /a", what: "a value for `/a`", flag: "--stdin" };
        let answer = match ask.as_str() {
            "value" => prompter.value(question).map(|value| summary(value.reveal())),
            "passphrase" => prompter.passphrase(question).map(|text| summary(text.as_bytes())),
            "confirm" => prompter.confirm(question, Some(true)).map(|yes| yes.to_string()),
            "twice" => {
                let first = prompter.confirm(question, Some(false));
                // Long enough for whoever types ahead.
                std::thread::sleep(std::time::Duration::from_secs(1));
                eprintln!("<first {}>", first.unwrap());
                prompter.confirm(question, Some(false)).map(|yes| yes.to_string())
            }
            "wide" => {
                let text = format!("beginning {}", "and so on ".repeat(30));
                prompter.confirm(Question { text: &text, ..question }, Some(true)).map(|yes| yes.to_string())
            }
            "text" => prompter.text(question, Some("standard")),
            "select" => prompter.select(question, &["one", "two"], 0).map(|place| place.to_string()),
            other => panic!("unknown question {other}"),
        };
        eprintln!("<{}>", answer.unwrap_or_else(|error| error.to_string()));
    }

    /// Tells a typed text from another without showing it.
    fn summary(bytes: &[u8]) -> String {
        format!("{} bytes, sum {}", bytes.len(), bytes.iter().map(|b| u32::from(*b)).sum::<u32>())
    }

    fn asking(ask: &str) -> Session {
        Session::of_test("cli::terminal::prompt::tests::child", &[(ASK, ask)], None)
    }

    #[test]
    fn a_hidden_value_is_typed_twice_and_never_shown() {
        let mut session = asking("value");
        session.expect("Value for /a: ");
        assert!(!session.is_echoing());
        session.send("hunter3\x7f2\r");
        session.expect("Repeat: ");
        session.send("hunter2\r");
        session.expect(&format!("<{}>", summary(b"hunter2")));
        assert!(session.is_echoing());
        assert!(!session.seen().contains("hunter"));
        assert_eq!(session.wait(), Some(0));
    }

    #[test]
    fn differing_entries_are_asked_for_again_and_then_refused() {
        let mut session = asking("value");
        for _ in 0..ATTEMPTS {
            session.expect("Value for /a: ");
            session.send("one\n");
            session.expect("Repeat: ");
            session.send("two\n");
            session.expect("The two differ");
        }
        session.expect("<the two entries differ>");
    }

    #[test]
    fn a_line_longer_than_a_terminals_own_limit_is_not_cut() {
        let mut session = asking("passphrase");
        session.expect("Value for /a: ");
        session.send(&("x".repeat(9000) + "\n"));
        session.expect(&format!("<{}>", summary("x".repeat(9000).as_bytes())));
    }

    #[test]
    fn ctrl_u_starts_over_and_backspace_takes_whole_characters() {
        let mut session = asking("passphrase");
        session.expect("Value for /a: ");
        session.send("wrong\x15pä€\x7f\x7f!\n");
        session.expect(&format!("<{}>", summary(b"p!")));
    }

    #[test]
    fn ctrl_d_ends_the_question() {
        let mut session = asking("passphrase");
        session.expect("Value for /a: ");
        session.send("\x04");
        session.expect("<the question was not answered>");
    }

    #[test]
    fn every_signal_at_every_question_restores_the_terminal() {
        for ask in ["value", "passphrase", "confirm", "text", "select"] {
            for (signal, number) in [
                (signal_hook::consts::SIGINT, 130),
                (signal_hook::consts::SIGTERM, 143),
                (signal_hook::consts::SIGHUP, 129),
            ] {
                let mut session = asking(ask);
                session.expect("Value for /a");
                session.expect(end_of(ask));
                session.kill(signal);
                assert_eq!(session.wait(), Some(number), "{ask}, signal {signal}");
                assert!(session.is_echoing() && session.is_canonical(), "{ask}, signal {signal}");
                assert!(session.rest().ends_with('\n'), "{ask}, signal {signal}");
            }
        }
    }

    #[test]
    fn ctrl_c_on_the_keyboard_does_the_same() {
        for ask in ["value", "confirm", "text", "select"] {
            let mut session = asking(ask);
            session.expect("Value for /a");
            session.expect(end_of(ask));
            session.send("\x03");
            assert_eq!(session.wait(), Some(130), "{ask}");
            assert!(session.is_echoing() && session.is_canonical(), "{ask}");
        }
    }

    /// What the terminal shows last before it waits for an answer.
    fn end_of(ask: &str) -> &'static str {
        match ask {
            "confirm" => "[Y/n] ",
            "text" => "[standard]: ",
            "select" => "two",
            _ => ": ",
        }
    }

    #[test]
    fn a_piped_stdin_does_not_answer_questions() {
        let mut session =
            Session::of_test("cli::terminal::prompt::tests::child", &[(ASK, "confirm")], Some(Stdio::null()));
        session.expect("Value for /a [Y/n] ");
        session.send("n\r");
        session.expect("<false>");
    }

    #[test]
    fn a_line_that_is_no_answer_is_asked_again() {
        let mut session = asking("confirm");
        for _ in 0..ATTEMPTS {
            session.expect("Value for /a [Y/n] ");
            session.send("maybe\r");
            session.expect("Type y or n");
        }
        session.expect("<the question was not answered>");
    }

    #[test]
    fn defaults_and_choices_are_taken() {
        let mut session = asking("text");
        session.expect("Value for /a [standard]: ");
        session.send("\r");
        session.expect("<standard>");
        for (typed, place) in [("\x1b[B", 1), ("", 0)] {
            let mut session = asking("select");
            session.expect("Value for /a");
            session.expect("two");
            session.send(&format!("{typed}\r"));
            session.expect(&format!("<{place}>"));
        }
    }

    #[test]
    fn what_was_typed_before_a_question_does_not_answer_it() {
        let mut session = asking("twice");
        session.expect("Value for /a [y/N] ");
        session.send("y\ry\ry\r");
        session.expect("<first true>");
        session.expect("Value for /a [y/N] ");
        session.send("\r");
        session.expect("<false>");
    }

    #[test]
    fn a_question_wider_than_the_terminal_is_shown_once() {
        let mut session = asking("wide");
        session.expect("[Y/n] ");
        session.send("y\r");
        session.expect("<true>");
        assert_eq!(session.seen().matches("beginning").count(), 1, "{}", session.seen());
    }

    #[test]
    fn a_stopped_question_is_asked_again_and_what_is_hidden_stays_hidden() {
        for ask in ["value", "passphrase"] {
            let mut session = asking(ask);
            session.expect("Value for /a: ");
            session.send("half");
            session.stop_and_continue();
            session.expect("Value for /a: ");
            assert!(!session.is_echoing(), "{ask}");
            session.send("hunter2\r");
            if ask == "value" {
                session.expect("Repeat: ");
                session.stop_and_continue();
                session.expect("Repeat: ");
                session.send("hunter2\r");
            }
            session.expect(&format!("<{}>", summary(b"hunter2")));
            assert!(session.is_echoing() && !session.seen().contains("hunter"), "{ask}");
        }
    }

    #[test]
    fn with_no_input_the_flag_is_named() {
        let question = Question { text: "Value", what: "a value for `/a`", flag: "--stdin" };
        let error = Prompter::new(Interaction::Forbidden).confirm(question, None).unwrap_err();
        assert_eq!(error.to_string(), "a value for `/a` is needed, but prompting is not possible");
        assert!(matches!(error, PromptError::InputNeeded { flag, .. } if flag == "--stdin"));
    }
}
