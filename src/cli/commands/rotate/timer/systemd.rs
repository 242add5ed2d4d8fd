//! Units of the user's systemd.

use super::install::UnitFile;
use super::job::{Interval, Job, MARK, TimerError};

/// The service and the timer that starts it.
pub(crate) fn units(job: &Job) -> Result<[UnitFile; 2], TimerError> {
    let unit = |suffix: &str, text| UnitFile { leaf: format!("{}.{suffix}", job.name), text };
    Ok([unit("service", service(job)?), unit("timer", timer(job))])
}

/// No time limit: a rotation that is killed between two steps may leave a service changed, and hooks have limits of
/// their own. Nothing hides directories: hooks are programs of the user and need what he has.
fn service(job: &Job) -> Result<String, TimerError> {
    Ok(format!(
        "# {MARK}\n\
         [Unit]\n\
         Description=Do what is due in a vault ({name})\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         ExecStart={command}\n\
         # Plaintext must not end in a core file.\n\
         LimitCORE=0\n\
         # A hook that needs sudo needs this changed, in a drop-in.\n\
         NoNewPrivileges=yes\n\
         LockPersonality=yes\n\
         RestrictRealtime=yes\n\
         RestrictSUIDSGID=yes\n\
         SystemCallArchitectures=native\n",
        name = job.name,
        command = command_line(&job.command)?,
    ))
}

/// Persistent: what was due while the machine was off is done when it is on again.
fn timer(job: &Job) -> String {
    let calendar = match job.interval {
        Interval::QuarterHourly => "*:00/15",
        Interval::Hourly => "hourly",
        Interval::Daily => "daily",
    };
    format!(
        "# {MARK}\n\
         [Unit]\n\
         Description=Look for what is due in a vault ({name})\n\
         \n\
         [Timer]\n\
         OnCalendar={calendar}\n\
         Persistent=true\n\
         \n\
         [Install]\n\
         WantedBy=timers.target\n",
        name = job.name,
    )
}

/// The words as a command line. systemd looks for variables in arguments, and not in the path of the program.
pub(crate) fn command_line(words: &[String]) -> Result<String, TimerError> {
    if let Some(program) = words.first().filter(|program| program.contains(['"', '\'', '\\'])) {
        return Err(TimerError::Systemd { program: program.clone() });
    }
    let word = |(position, word): (usize, &String)| match position {
        0 => quoted(word),
        _ => quoted(&word.replace('$', "$$")),
    };
    Ok(words.iter().enumerate().map(word).collect::<Vec<_>>().join(" "))
}

/// A word of a command line (systemd.service(5), "Command lines"), with its per cent signs doubled against specifiers.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@,=$%".contains(c);
    let word = word.replace('%', "%%");
    if word.chars().all(plain) {
        return word;
    }
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::cli::commands::rotate::timer::job::tests::{AWKWARD, job, program};

    #[test]
    fn units_of_a_plain_vault_read_plainly() {
        let [service, timer] = units(&job("/usr/bin/vault", "/home/ann/shop/.vault")).unwrap();
        assert!(service.text.contains("\nExecStart=/usr/bin/vault tick --vault /home/ann/shop/.vault --no-input\n"));
        assert!(timer.text.contains("\nOnCalendar=hourly\nPersistent=true\n"));
        assert_eq!(service.leaf.replace(".service", ".timer"), timer.leaf);
    }

    #[test]
    fn words_are_escaped_for_units() {
        for (word, expected) in [
            ("/a b", "\"/a b\""),
            ("/100%n", "/100%%n"),
            ("/it's", "\"/it's\""),
            (r#"/a"b\c"#, r#""/a\"b\\c""#),
            ("/a;b", "\"/a;b\""),
        ] {
            assert_eq!(quoted(word), expected);
        }
        let [service, _] = units(&job("/$a/vault", "/$HOME")).unwrap();
        assert!(service.text.contains("\nExecStart=/$a/vault tick --vault /$$HOME --no-input\n"));
    }

    /// What systemd reports for units with such paths; `None` without systemd.
    fn verdict(home: &Path, name: &str, vault: &str, present: bool) -> Option<(bool, String)> {
        let path = if present { program(home, name) } else { home.join(name) };
        let job = Job::new(&path, &home.join(vault), Some(&home.join(name)), Interval::QuarterHourly).unwrap();
        let units = super::units(&job).unwrap();
        for unit in &units {
            fs::write(home.join(&unit.leaf), &unit.text).unwrap();
        }
        let [service, timer] = units.map(|unit| home.join(unit.leaf));
        let run = Command::new("systemd-analyze")
            .args(["verify", "--user", "--man=no"])
            .args([service, timer])
            .env("XDG_RUNTIME_DIR", home)
            .output();
        run.ok().map(|output| (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    #[test]
    fn a_program_that_systemd_would_not_start_is_refused() {
        for program in ["/it's", "/a\"b", "/a\\b"] {
            assert!(matches!(units(&job(program, "/v")), Err(TimerError::Systemd { .. })));
        }
    }

    #[test]
    fn systemd_accepts_the_units_and_finds_the_program() {
        for name in ["vault", "a b%n", "%h", "$HOME", "é;#& x"] {
            let home = tempfile::tempdir().unwrap();
            let Some((accepted, said)) = verdict(home.path(), name, AWKWARD, true) else {
                eprintln!("skipped: there is no systemd-analyze");
                return;
            };
            assert!(accepted && !said.contains("vault-tick"), "{name}: {said}");
            // The same check sees a program that is not there, so it did look at the path.
            let (accepted, said) = verdict(home.path(), &format!("{name}-gone"), AWKWARD, false).unwrap();
            assert!(!accepted && said.contains("gone"), "{name}: {said}");
        }
    }
}
