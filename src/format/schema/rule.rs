//! Documents of rules: which events are delivered where.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::extra::finish;
use super::field::{each, optional, parsed};
use super::gate::{begin, read};
use super::head::{STATES, emit_head, has_ended, read_head};
use super::kind::DocumentKind;
use crate::format::error::FormatError;
use crate::model::event::{Rule, Target};
use crate::model::format::Format;
use crate::model::id::VaultId;

const KIND: DocumentKind = DocumentKind::Rule;

/// Reads the body of a rule of `vault`.
pub fn parse_rule(body: &[u8], vault: &VaultId) -> Result<Rule, FormatError> {
    read(body, KIND, &[&vault.to_string()], Fields::into_rule, |rule| emit_rule(rule, vault))
}

/// Writes the body of a rule in canonical form.
pub fn emit_rule(rule: &Rule, vault: &VaultId) -> String {
    let mut out = begin(rule.head.format, KIND, &vault.to_string(), 1024 + rule.pattern.len());
    emit_head(&mut out, rule.id, Some(rule.name.as_str()), &rule.head, Some(STATES[usize::from(rule.deleted)]));
    out.text("description", &rule.description);
    out.flag("enabled", rule.enabled);
    out.texts("on", &rule.on);
    out.text("pattern", &rule.pattern);
    out.items("targets", &rule.targets, |out, target| {
        out.shown("kind", target.kind);
        out.text("to", &target.to);
        out.texts("arguments", &target.arguments);
        out.optional("secret", target.secret.as_ref());
    });
    finish(out, rule.head.format, &rule.head.extra)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    id: String,
    name: String,
    rev: u64,
    trust: u64,
    state: String,
    modified: String,
    by: String,
    description: String,
    enabled: bool,
    on: Vec<String>,
    pattern: String,
    targets: Vec<TargetFields>,
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetFields {
    kind: String,
    to: String,
    arguments: Vec<String>,
    secret: String,
}

impl Fields {
    fn into_rule(self, format: Format) -> Result<Rule, FormatError> {
        let rule = Rule {
            id: parsed(&self.id, "id")?,
            name: parsed(&self.name, "name")?,
            head: read_head(format, self.rev, self.trust, &self.modified, &self.by, self.extra, self.critical)?,
            deleted: has_ended(&self.state, STATES)?,
            description: self.description,
            enabled: self.enabled,
            on: each(&self.on, "on")?,
            pattern: self.pattern,
            targets: self.targets.into_iter().map(TargetFields::into_target).collect::<Result<_, _>>()?,
        };
        if !rule.on.is_sorted_by(|a, b| a < b) {
            return Err(FormatError::Repeated { what: "member" });
        }
        let mut bare = rule.clone();
        bare.delete();
        if rule.deleted && bare != rule {
            return Err(FormatError::field("state"));
        }
        rule.check_form().map_err(|_| FormatError::field("targets"))?;
        Ok(rule)
    }
}

impl TargetFields {
    fn into_target(self) -> Result<Target, FormatError> {
        Ok(Target {
            kind: parsed(&self.kind, "kind")?,
            to: self.to,
            arguments: self.arguments,
            secret: optional(&self.secret, "secret")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::TargetKind;
    use crate::model::head::Head;
    use crate::model::id::DocId;
    use crate::model::time::Timestamp;

    /// What FORMAT.md shows.
    const GOLDEN: &str = r#"format: "vault/v2"
kind: "rule"
vault: "{vault}"
id: "01010101010101010101010101010101"
name: "reload"
rev: 1
trust: 2
state: "active"
modified: "2026-11-29T08:00:00Z"
by: "ana"
description: ""
enabled: true
on:
  - "deploy"
pattern: "{\"source\":[\"aws.ssm\"]}"
targets:
  - kind: "program"
    to: "reload.sh"
    arguments:
      - "nginx"
    secret: ""
  - kind: "webhook"
    to: "https://example.com/"
    arguments: []
    secret: "hooks/key"
"#;

    fn rule() -> Rule {
        let target = |kind, to: &str| Target { kind, to: to.into(), arguments: Vec::new(), secret: None };
        Rule {
            id: DocId([1; 16]),
            name: "reload".parse().unwrap(),
            head: Head::new(1, 2, "2026-11-29T08:00:00Z".parse::<Timestamp>().unwrap(), "ana".parse().unwrap()),
            deleted: false,
            description: String::new(),
            enabled: true,
            on: vec!["deploy".parse().unwrap()],
            pattern: r#"{"source":["aws.ssm"]}"#.into(),
            targets: vec![
                Target { arguments: vec!["nginx".into()], ..target(TargetKind::Program, "reload.sh") },
                Target {
                    secret: Some("hooks/key".parse().unwrap()),
                    ..target(TargetKind::Webhook, "https://example.com/")
                },
            ],
        }
    }

    #[test]
    fn a_rule_has_these_bytes_and_reads_back() {
        let vault = VaultId([7; 32]);
        let golden = GOLDEN.replace("{vault}", &vault.to_string());
        assert_eq!(emit_rule(&rule(), &vault), golden);
        assert_eq!(parse_rule(golden.as_bytes(), &vault).unwrap(), rule());
        let mut gone = rule();
        gone.delete();
        assert_eq!(parse_rule(emit_rule(&gone, &vault).as_bytes(), &vault).unwrap(), gone);
    }

    #[test]
    fn what_no_rule_may_state_is_refused() {
        let vault = VaultId([7; 32]);
        let golden = emit_rule(&rule(), &vault);
        for (from, to) in [
            ("reload.sh", "builtin:random"),
            ("https://example.com/", "http://example.com/"),
            ("kind: \"program\"", "kind: \"shell\""),
            ("state: \"active\"", "state: \"deleted\""),
            ("  - \"deploy\"", "  - \"deploy\"\n  - \"alice\""),
            ("enabled: true", "enabled: true\nowner: \"x\""),
        ] {
            let text = golden.replacen(from, to, 1);
            assert_ne!(text, golden, "{from}");
            assert!(parse_rule(text.as_bytes(), &vault).is_err(), "{to}");
        }
    }
}
