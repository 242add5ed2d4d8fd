//! A line of a crontab.

use super::job::{CRON_LIMIT, Interval, Job, TimerError};

/// When, and the command for `sh`.
///
/// An unescaped per cent sign would end the command. What other backslashes mean differs between implementations, so
/// the line has none.
pub(crate) fn line(job: &Job) -> Result<String, TimerError> {
    let when = match job.interval {
        Interval::QuarterHourly => "*/15 * * * *",
        Interval::Hourly => "0 * * * *",
        Interval::Daily => "0 0 * * *",
    };
    let words: Vec<String> = job.command.iter().map(|word| quoted(word)).collect();
    let command = words.join(" ");
    if command.contains('\\') {
        return Err(TimerError::Crontab);
    }
    let command = command.replace('%', "\\%");
    if command.len() > CRON_LIMIT { Err(TimerError::Crontab) } else { Ok(format!("{when} {command}")) }
}

/// A word for `sh`, without a backslash.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@,=".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\"'\"'")) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::cli::commands::rotate::timer::job::tests::{AWKWARD, job, program};

    #[test]
    fn a_plain_line_reads_plainly() {
        let line = line(&job("/usr/bin/vault", "/home/ann/shop/.vault")).unwrap();
        assert_eq!(line, "0 * * * * /usr/bin/vault tick --vault /home/ann/shop/.vault --no-input");
    }

    /// The command that cron hands to the shell: what follows five fields, up to a per cent sign that is not escaped.
    fn handed_on(line: &str) -> String {
        let command = line.splitn(6, ' ').nth(5).unwrap().replace("\\%", "\u{1}");
        command.split('%').next().unwrap().replace('\u{1}', "%")
    }

    #[test]
    fn the_shell_starts_the_program_with_the_arguments_as_they_are() {
        for name in ["vault", "a b", "100%", "it's", "$HOME `x`"] {
            let home = tempfile::tempdir().unwrap();
            let path = program(home.path(), name);
            let (vault, identity) = (home.path().join(AWKWARD), Path::new("/etc/it's 100%"));
            let job = Job::new(&path, &vault, Some(identity), Interval::QuarterHourly).unwrap();
            let command = handed_on(&line(&job).unwrap());
            assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success(), "{command}");
            let arguments = fs::read_to_string(home.path().join("arguments")).unwrap();
            let expected = ["tick", "--vault", vault.to_str().unwrap(), "--identity", "/etc/it's 100%", "--no-input"];
            assert_eq!(arguments.lines().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn what_implementations_of_cron_disagree_about_is_refused() {
        assert_eq!(line(&job("/usr/bin/vault", "/a\\b")), Err(TimerError::Crontab));
        assert_eq!(line(&job("/usr/bin/vault", &format!("/{}", "%".repeat(500)))), Err(TimerError::Crontab));
    }
}
