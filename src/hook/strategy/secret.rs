//! The value of a database's secret: the JSON object of secrets-manager §9, and how it is rewritten.

use std::str::FromStr;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::error::{StrategyError, Version};
use crate::model::hook::HookValue;
use crate::model::json::{self, Members, Text};
use crate::model::value::SecretValue;

/// How to log in to a database.
pub(super) struct Login {
    /// Which of the values this is from.
    pub(super) version: Version,
    /// The kind of server.
    pub(super) engine: String,
    /// Name, address, or the directory (PostgreSQL) or file (MySQL) of a socket.
    pub(super) host: String,
    /// The port, where it is given.
    pub(super) port: Option<u16>,
    /// The user.
    pub(super) username: String,
    /// Its password.
    pub(super) password: Zeroizing<String>,
    /// The database, where it is given.
    pub(super) dbname: Option<String>,
    /// Whether to use TLS, where it is said.
    pub(super) ssl: Option<bool>,
}

impl Login {
    /// Reads a value. The engine must be one of `engines`.
    pub(super) fn of(value: Option<&HookValue>, version: Version, engines: &[&str]) -> Result<Login, StrategyError> {
        let shape = |wrong: &'static str| StrategyError::Shape { version, wrong: wrong.into() };
        let text = value.ok_or(StrategyError::NoValue(version))?.value.reveal_text();
        let wire: Wire = text
            .and_then(|text| serde_json::from_str(text).ok())
            .ok_or(shape("it must be a JSON object with `engine`, `host`, `username` and `password`"))?;
        let engine = match wire.engine {
            Some(engine) if engines.contains(&engine.as_str()) => engine,
            other => {
                let is = if other.is_none() { "is missing" } else { "does not belong to this strategy" };
                let wrong = format!("`engine` {is}; it needs `{}`", engines.join("` or `")).into();
                return Err(StrategyError::Shape { version, wrong });
            }
        };
        let port =
            |port: OrText<u16>| port.value().filter(|port| *port != 0).ok_or(shape("`port` is not a port number"));
        let ssl = |ssl: OrText<bool>| ssl.value().ok_or(shape("`ssl` is neither true nor false"));
        let (port, ssl) = (wire.port.map(port).transpose()?, wire.ssl.map(ssl).transpose()?);
        Ok(Login {
            version,
            engine,
            host: some(wire.host).ok_or(shape("`host` is missing"))?,
            port,
            username: some(wire.username).ok_or(shape("`username` is missing"))?,
            password: wire.password.filter(|text| !text.0.is_empty()).ok_or(shape("`password` is missing"))?.0,
            dbname: some(wire.dbname),
            ssl,
        })
    }

    /// Whether it is the same user on the same host.
    pub(super) fn same_place(&self, other: &Login) -> Result<(), StrategyError> {
        let same = self.username == other.username && self.host == other.host;
        if same { Ok(()) } else { Err(StrategyError::Mismatch(self.version, other.version)) }
    }
}

fn some(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[derive(Deserialize)]
struct Wire {
    engine: Option<String>,
    host: Option<String>,
    port: Option<OrText<u16>>,
    username: Option<String>,
    password: Option<Text>,
    dbname: Option<String>,
    ssl: Option<OrText<bool>>,
}

/// A number or a flag, which some write as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum OrText<T> {
    Plain(T),
    Text(String),
}

impl<T: FromStr> OrText<T> {
    fn value(self) -> Option<T> {
        match self {
            OrText::Plain(value) => Some(value),
            OrText::Text(text) => text.to_ascii_lowercase().parse().ok(),
        }
    }
}

/// Whether a text is a JSON object.
pub(super) fn is_object(text: &str) -> bool {
    serde_json::from_str::<Members<'_>>(text).is_ok()
}

/// The JSON object with other texts for some of its members. Everything else is left unchanged, in its order. `None` if
/// it is not an object, or has no string under one of the names.
pub(super) fn with_texts(object: &str, changes: &[(&str, &str)]) -> Option<SecretValue> {
    let Members(members) = serde_json::from_str(object).ok()?;
    let is_text = |name: &str| members.iter().any(|(key, value)| key == name && value.get().starts_with('"'));
    if !changes.iter().all(|(name, _)| is_text(name)) {
        return None;
    }
    let added: usize = changes.iter().map(|(_, text)| json::longest(text)).sum();
    // No name is longer than it was. A buffer that grows would leave copies behind.
    let mut written = Zeroizing::new(Vec::with_capacity(object.len() + added));
    for (place, (key, value)) in members.iter().enumerate() {
        written.push(if place == 0 { b'{' } else { b',' });
        json::write_text(&mut written, key);
        written.push(b':');
        match changes.iter().find(|(name, _)| name == key) {
            Some((_, text)) => json::write_text(&mut written, text),
            None => written.extend_from_slice(value.get().as_bytes()),
        }
    }
    written.push(b'}');
    Some(SecretValue::new(written))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str) -> HookValue {
        HookValue { version_id: "v".into(), binary: false, value: SecretValue::from_text(text.into()) }
    }

    fn login(text: &str) -> Result<Login, StrategyError> {
        Login::of(Some(&value(text)), Version::Current, &["postgres"])
    }

    #[test]
    fn ports_and_flags_may_be_texts() {
        let with = |rest: &str| {
            login(&format!(r#"{{"engine":"postgres","host":"h","username":"u","password":"p",{rest}"more":[1]}}"#))
        };
        let plain = with("").unwrap();
        assert_eq!((plain.port, plain.ssl, plain.dbname), (None, None, None));
        let full = with(r#""port":"5433","ssl":"false","dbname":"d","#).unwrap();
        assert_eq!((full.port, full.ssl, full.dbname.as_deref()), (Some(5433), Some(false), Some("d")));
        let typed = with(r#""port":5433,"ssl":true,"dbname":null,"#).unwrap();
        assert_eq!((typed.port, typed.ssl), (Some(5433), Some(true)));
        for bad in [r#""port":"x","#, r#""port":0,"#, r#""port":65536,"#, r#""ssl":"maybe","#, r#""host":"again","#] {
            assert!(with(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn errors_say_what_is_missing_and_nothing_of_the_value() {
        let error = login(r#"{"engine":"postgres","username":"hunter1","password":"hunter2"}"#).err().unwrap();
        assert_eq!(error.to_string(), "the current value is not a login: `host` is missing");
        let error = login(r#"{"engine":"mysql","host":"h","username":"u","password":"hunter2"}"#).err().unwrap();
        assert_eq!(
            error.to_string(),
            "the current value is not a login: `engine` does not belong to this strategy; it needs `postgres`"
        );
        let error = login(r#"{"host":"h","username":"u","password":"hunter2"}"#).err().unwrap();
        assert_eq!(error.to_string(), "the current value is not a login: `engine` is missing; it needs `postgres`");
        let error = login(r#"{"password":"hunter2","port":{"hunter2":1}"#).err().unwrap();
        assert!(!error.to_string().contains("hunter"), "{error}");
    }

    #[test]
    fn everything_but_the_new_texts_stays_as_it_was_written() {
        let object = r#" {"z": 1.50, "password":"old","a":{"password": "kept"}, "é\n":null, "username":"u"} "#;
        let new = with_texts(object, &[("password", "n\"w\\"), ("username", "u_clone")]).unwrap();
        let expected = r#"{"z":1.50,"password":"n\"w\\","a":{"password": "kept"},"é\n":null,"username":"u_clone"}"#;
        assert_eq!(new.reveal_text(), Some(expected));
    }

    proptest! {
        #[test]
        fn a_parser_reads_the_new_texts_and_all_the_rest(
            names in prop::collection::btree_set("[a-c\u{1}\"\\\\é/]{1,3}", 1..4),
            (old, new) in ("\\PC{0,8}", "(\\PC|[\0-\u{a0}\"\\\\]){0,20}"),
        ) {
            let mut members: Vec<(String, String)> = names.into_iter().map(|name| (name, old.clone())).collect();
            let of = |members: &[(String, String)]| -> serde_json::Value { members.iter().cloned().collect() };
            let object = of(&members).to_string();
            let added = new.len() * 6 + 2;
            let written = with_texts(&object, &[(&members[0].0, &new)]).unwrap();
            members[0].1.clone_from(&new);
            let text = written.reveal_text().unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(text).unwrap(), of(&members));
            prop_assert!(text.len() <= object.len() + added, "the buffer grew");
        }
    }

    #[test]
    fn what_is_not_there_is_not_replaced() {
        for object in [r#"{"a":"b"}"#, r#"{"password":7}"#, "[]", "x", r#"{"password":"a","password":"b"}"#] {
            assert!(with_texts(object, &[("password", "new")]).is_none(), "{object}");
        }
    }
}
