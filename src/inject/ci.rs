//! CI hosts, and how a job tells them what to mask in its log.

use std::fmt;

use zeroize::Zeroizing;

use super::quoted;
use crate::model::forms::{self, Form, Spelling};
use crate::model::value::SecretValue;

/// A host that runs jobs and stores their output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// GitHub Actions, and what runs its workflows: `::add-mask::` on a line.
    Github,
    /// Azure Pipelines: `##vso[task.setsecret]` on a line.
    Azure,
    /// GitLab. Only a runner with `proxy_exec = true`, an experiment of 17.10, knows `::add-mask::`.
    Gitlab,
    /// Buildkite: a JSON object for the standard input of `buildkite-agent redactor add --format json`.
    Buildkite,
}

/// A value that cannot be passed to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a value that is not UTF-8 text cannot be masked by {0}")]
pub(crate) struct NotText(pub Host);

impl Host {
    /// The host that a job runs on, by the variables that it sets in each job.
    pub(crate) fn recognised(is: impl Fn(&str, &str) -> bool) -> Option<Host> {
        let known = [
            (Host::Github, "GITHUB_ACTIONS", "true"),
            (Host::Azure, "TF_BUILD", "True"),
            (Host::Gitlab, "GITLAB_CI", "true"),
            (Host::Buildkite, "BUILDKITE", "true"),
        ];
        known.into_iter().find(|(_, name, value)| is(name, value)).map(|(host, ..)| host)
    }

    /// Whether the host removes mask commands from every job's output. Otherwise they would appear in the log, with the
    /// values.
    pub(crate) fn obeys_output(self) -> bool {
        matches!(self, Host::Github | Host::Azure)
    }

    /// What masks these values, with each of their lines and the leaves of their JSON, because hosts search for a value
    /// as a whole and within a line. The text contains the values.
    pub(crate) fn mask_commands<'a>(
        self,
        values: impl IntoIterator<Item = &'a SecretValue>,
    ) -> Result<Zeroizing<Vec<u8>>, NotText> {
        let values = values.into_iter().filter(|value| !forms::is_too_common(value));
        let is_line = |form: &Form| form.spelling == Spelling::Plain && !form.reveal().contains(&b'\n');
        let forms: Vec<Form> = values.flat_map(forms::of).filter(is_line).collect();
        let texts = forms.iter().map(|form| std::str::from_utf8(form.reveal()).map_err(|_| NotText(self)));
        let mut lines: Vec<&str> = texts.collect::<Result<_, _>>()?;
        lines.sort_unstable();
        lines.dedup();
        // No escape is longer than six times what it stands for.
        let length = lines.iter().map(|line| 6 * line.len() + 64).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(length));
        match self {
            Host::Github | Host::Gitlab => commands(&mut text, "::add-mask::", &lines, "%25"),
            Host::Azure => commands(&mut text, "##vso[task.setsecret]", &lines, "%AZP25"),
            Host::Buildkite => object(&mut text, &lines),
        }
        Ok(text)
    }
}

/// A line each. The hosts read `%0D` and the escape of `%` back.
fn commands(text: &mut Vec<u8>, command: &str, lines: &[&str], percent: &str) {
    for line in lines {
        text.extend_from_slice(command.as_bytes());
        for byte in line.bytes() {
            match byte {
                b'%' => text.extend_from_slice(percent.as_bytes()),
                b'\r' => text.extend_from_slice(b"%0D"),
                _ => text.push(byte),
            }
        }
        text.push(b'\n');
    }
}

/// Only the values of the members count.
fn object(text: &mut Vec<u8>, lines: &[&str]) {
    text.push(b'{');
    for (number, line) in lines.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        text.extend_from_slice(format!("{comma}\"{number}\":").as_bytes());
        text.extend_from_slice(quoted::whole(line).as_bytes());
    }
    text.extend_from_slice(b"}\n");
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Host::Github => "GitHub Actions",
            Host::Azure => "Azure Pipelines",
            Host::Gitlab => "GitLab",
            Host::Buildkite => "Buildkite",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(host: Host, values: &[&str]) -> String {
        let values: Vec<SecretValue> = values.iter().map(|value| SecretValue::from_text((*value).into())).collect();
        String::from_utf8(host.mask_commands(&values).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn each_line_and_leaf_has_a_command_and_what_is_common_has_none() {
        let values = ["hunter2", "-----BEGIN KEY-----\nabcd%\nef\n", r#"{"password":"x\"y z"}"#, "on", "true"];
        let expected =
            "::add-mask::abcd%25\n::add-mask::hunter2\n::add-mask::x\"y z\n::add-mask::{\"password\":\"x\\\"y z\"}\n";
        assert_eq!(told(Host::Github, &values), expected);
        assert_eq!(told(Host::Gitlab, &values), expected);
        assert_eq!(told(Host::Azure, &["a%b\rc"]), "##vso[task.setsecret]a%AZP25b%0Dc\n");
        assert_eq!(told(Host::Buildkite, &["ab\"c", "defg"]), "{\"0\":\"ab\\\"c\",\"1\":\"defg\"}\n");
        assert_eq!(told(Host::Github, &[]), "");
    }

    #[test]
    fn a_value_that_is_no_text_is_refused_and_not_shown() {
        let value = SecretValue::new(Zeroizing::new(vec![0xff; 8]));
        let error = Host::Azure.mask_commands([&value]).unwrap_err();
        assert_eq!(error.to_string(), "a value that is not UTF-8 text cannot be masked by Azure Pipelines");
    }

    #[test]
    fn hosts_are_known_by_the_variables_they_set() {
        let on = |set: &'static str| Host::recognised(move |name, value| format!("{name}={value}") == set);
        assert_eq!(on("GITHUB_ACTIONS=true"), Some(Host::Github));
        assert_eq!(on("TF_BUILD=True"), Some(Host::Azure));
        assert_eq!(on("GITLAB_CI=true"), Some(Host::Gitlab));
        assert_eq!(on("BUILDKITE=true"), Some(Host::Buildkite));
        assert_eq!(on("CI=true"), None);
    }
}
