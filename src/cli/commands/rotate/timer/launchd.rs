//! Launch agents of macOS.

use super::install::UnitFile;
use super::job::{Interval, Job, MARK};

/// The agent's property list, for `~/Library/LaunchAgents`.
///
/// launchd makes up for ticks that fell into sleep, and `RunAtLoad` for those that fell into a time without a login.
pub(crate) fn agent(job: &Job) -> UnitFile {
    let rest = format!(
        "  <key>StartCalendarInterval</key>\n  <array>\n{}  </array>\n  \
           <key>RunAtLoad</key>\n  <true/>\n  \
           <key>ProcessType</key>\n  <string>Background</string>\n",
        moments(job.interval),
    );
    let text = property_list(&format!("<!-- {MARK} -->\n"), &job.name, &job.command, &rest);
    UnitFile { leaf: format!("{}.plist", job.name), text }
}

/// The property list of a job that runs these words, with a comment and with more keys.
pub(crate) fn property_list(comment: &str, label: &str, words: &[String], more: &str) -> String {
    let word = |word: &String| format!("    <string>{}</string>\n", escaped(word));
    let words = words.iter().map(word).collect::<Vec<_>>().concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         {comment}\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n\
         <dict>\n  \
           <key>Label</key>\n  <string>{label}</string>\n  \
           <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n\
         {more}  \
           <key>HardResourceLimits</key>\n  <dict>\n    <key>Core</key>\n    <integer>0</integer>\n  </dict>\n\
         </dict>\n\
         </plist>\n"
    )
}

fn moments(interval: Interval) -> String {
    let at = |key: &str, number: u32| format!("<key>{key}</key><integer>{number}</integer>");
    let moment = |keys: String| format!("    <dict>{keys}</dict>\n");
    match interval {
        Interval::QuarterHourly => [0, 15, 30, 45].map(|minute| moment(at("Minute", minute))).concat(),
        Interval::Hourly => moment(at("Minute", 0)),
        Interval::Daily => moment(at("Hour", 0) + &at("Minute", 0)),
    }
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use serde_json::{Value, json};

    use super::*;
    use crate::cli::commands::rotate::timer::job::tests::{AWKWARD, job};

    #[test]
    fn a_reader_of_property_lists_sees_the_command_as_it_is() {
        let vault = format!("/{AWKWARD}\\]]>&amp;");
        for (interval, moments) in [
            (Interval::Hourly, json!([{"Minute": 0}])),
            (Interval::Daily, json!([{"Hour": 0, "Minute": 0}])),
            (Interval::QuarterHourly, json!([{"Minute": 0}, {"Minute": 15}, {"Minute": 30}, {"Minute": 45}])),
        ] {
            let job = Job { interval, ..job("/usr/local/bin/vault", &vault) };
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("agent.plist");
            fs::write(&path, agent(&job).text).unwrap();
            let script = "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
            let Ok(output) = Command::new("python3").args(["-c", script]).arg(&path).output() else {
                eprintln!("skipped: there is no python3");
                return;
            };
            let read: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(
                read["ProgramArguments"],
                json!(["/usr/local/bin/vault", "tick", "--vault", vault, "--no-input"])
            );
            assert_eq!(read["StartCalendarInterval"], moments);
            assert_eq!(read["Label"], json!(job.name));
        }
    }
}
