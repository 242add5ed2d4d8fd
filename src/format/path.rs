//! Names and file names: one function each way, without loss on any file system (FORMAT.md, names and file names).

mod component;

use self::component::{Place, decode_component, encode_component, is_hashed};
use super::caps;
use crate::model::credential::AccessKeyId;
use crate::model::id::DocId;
use crate::model::name::{KeyName, ParameterName, ParameterPath, RuleName, SecretName};

/// Directory of the parameters.
pub(crate) const PARAMETERS: &str = "params";
/// Directory of the parameters whose name has no leading slash.
pub(crate) const UNROOTED: &str = "params/%";
/// Directory of the secrets.
pub(crate) const SECRETS: &str = "secrets";
/// Directory of the keys.
pub(crate) const KEYS: &str = "keys";
/// Directory of the trust chain.
pub(crate) const TRUST: &str = "trust";
/// Directory of the anchors of logs of uses.
pub(crate) const ANCHORS: &str = "anchors";

/// Directory of the shares.
pub(crate) const SHARES: &str = "shares";
/// Directory of the rules for events.
pub(crate) const EVENTS: &str = "events";

/// Directory of the credentials for the server.
pub(crate) const CREDENTIALS: &str = "credentials";

/// The checkpoint.
pub(crate) const CHECKPOINT: &str = "checkpoint.yaml";

/// The suffix of documents' file names.
pub(crate) const SUFFIX: &str = ".yaml";

/// What a path inside one of the directories stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded<N> {
    /// The one name that is stored there.
    Name(N),
    /// A name with a component too long for a file name; the document states the name.
    Hashed,
    /// No name is stored there.
    Foreign,
}

/// A name whose encoded path is longer than file systems allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its path would have {length} bytes; the limit is {limit}", limit = caps::PATH)]
pub struct PathTooLong {
    /// The name.
    pub name: String,
    /// Length of the path in bytes.
    pub length: usize,
}

/// The path of a parameter's document.
pub fn parameter_path(name: &ParameterName) -> Result<String, PathTooLong> {
    let (root, levels) = match name.as_str().strip_prefix('/') {
        Some(levels) => (PARAMETERS, levels),
        None => (UNROOTED, name.as_str()),
    };
    within_limit(document_path(root, levels), name.as_str())
}

/// The path of a secret's document.
pub fn secret_path(name: &SecretName) -> Result<String, PathTooLong> {
    within_limit(document_path(SECRETS, name.as_str()), name.as_str())
}

/// The path of a key's document.
pub fn key_path(name: &KeyName) -> String {
    document_path(KEYS, name.as_str())
}

/// The path of a rule's document.
pub fn rule_path(name: &RuleName) -> String {
    document_path(EVENTS, name.as_str())
}

/// The path of a credential's document.
pub fn credential_path(name: &AccessKeyId) -> String {
    format!("{CREDENTIALS}/{name}{SUFFIX}")
}

/// The path of a snapshot of the trust chain.
pub fn trust_path(rev: u64) -> String {
    format!("{TRUST}/{rev:06}{SUFFIX}")
}

/// The path of the anchor of a log.
pub(crate) fn anchor_path(log: DocId) -> String {
    format!("{ANCHORS}/{log}{SUFFIX}")
}

/// The path of a share.
pub(crate) fn share_path(id: DocId) -> String {
    format!("{SHARES}/{id}{SUFFIX}")
}

/// The empty file beside a tombstone that tells listings to look into it: `params/a/.b.yaml.gone` for `params/a/b.yaml`.
///
/// Only a hint: without it a deleted name is listed; with it an existing one is opened and still listed.
pub(crate) fn gone_path(document: &str) -> String {
    let (directory, leaf) = document.rsplit_once('/').unwrap_or(("", document));
    format!("{directory}/.{leaf}{GONE}")
}

/// The document that a file announces as a tombstone, if its name is such a hint.
pub(crate) fn announced(hint: &str) -> Option<String> {
    let (directory, leaf) = hint.rsplit_once('/')?;
    let document = leaf.strip_prefix('.')?.strip_suffix(GONE)?;
    document.ends_with(SUFFIX).then(|| format!("{directory}/{document}"))
}

const GONE: &str = ".gone";

/// The directory of the parameters right below a path. The root has another one besides, [`UNROOTED`].
pub(crate) fn parameter_dir(path: &ParameterPath) -> String {
    let mut dir = PARAMETERS.to_owned();
    for level in path.levels() {
        dir.push('/');
        encode_component(&mut dir, level, Place::Directory);
    }
    dir
}

/// The parameter whose document is at `rel`.
pub fn decode_parameter(rel: &str) -> Decoded<ParameterName> {
    let Some(levels) = decode_levels(rel, PARAMETERS) else { return Decoded::Foreign };
    let Some(levels) = levels else { return Decoded::Hashed };
    let text = match levels.strip_prefix('/') {
        // The component `%`: no leading slash.
        Some(unrooted) => unrooted.to_owned(),
        None => ["/", &levels].concat(),
    };
    confirmed(text.parse().ok(), rel, parameter_path)
}

/// The secret whose document is at `rel`.
pub fn decode_secret(rel: &str) -> Decoded<SecretName> {
    match decode_levels(rel, SECRETS) {
        None => Decoded::Foreign,
        Some(None) => Decoded::Hashed,
        Some(Some(text)) => confirmed(text.parse().ok(), rel, secret_path),
    }
}

/// The credential whose document is at `rel`.
pub fn decode_credential(rel: &str) -> Decoded<AccessKeyId> {
    stem(rel, CREDENTIALS).and_then(|name| name.parse().ok()).map_or(Decoded::Foreign, Decoded::Name)
}

/// The key whose document is at `rel`; `None` for a foreign file.
pub fn decode_key(rel: &str) -> Option<KeyName> {
    let name: KeyName = decode_levels(rel, KEYS)??.parse().ok()?;
    (key_path(&name) == rel).then_some(name)
}

/// The rule whose document is at `rel`; `None` for another file.
pub fn decode_rule(rel: &str) -> Option<RuleName> {
    let name: RuleName = decode_levels(rel, EVENTS)??.parse().ok()?;
    (rule_path(&name) == rel).then_some(name)
}

/// The number of the snapshot at `rel`; `None` for a foreign file.
pub fn decode_trust(rel: &str) -> Option<u64> {
    let rev = stem(rel, TRUST)?.parse().ok()?;
    (rev > 0 && trust_path(rev) == rel).then_some(rev)
}

/// The log whose anchor is at `rel`; `None` for a foreign file.
pub(crate) fn decode_anchor(rel: &str) -> Option<DocId> {
    stem(rel, ANCHORS)?.parse().ok()
}

/// The share at `rel`; `None` for a foreign file.
pub(crate) fn decode_share(rel: &str) -> Option<DocId> {
    stem(rel, SHARES)?.parse().ok()
}

/// A document's path below a directory, without its suffix.
fn stem<'a>(rel: &'a str, directory: &str) -> Option<&'a str> {
    rel.strip_prefix(directory)?.strip_prefix('/')?.strip_suffix(SUFFIX)
}

/// Decoding is lenient; only a name that encodes to the very same path is accepted.
fn confirmed<N>(name: Option<N>, rel: &str, encode: impl Fn(&N) -> Result<String, PathTooLong>) -> Decoded<N> {
    match name {
        Some(name) if encode(&name).is_ok_and(|path| path == rel) => Decoded::Name(name),
        _ => Decoded::Foreign,
    }
}

fn within_limit(path: String, name: &str) -> Result<String, PathTooLong> {
    if path.len() <= caps::PATH {
        return Ok(path);
    }
    Err(PathTooLong { name: name.to_owned(), length: path.len() })
}

fn document_path(root: &str, levels: &str) -> String {
    let mut path = String::with_capacity(root.len() + levels.len() + 16);
    path.push_str(root);
    let mut rest = levels.split('/').peekable();
    while let Some(level) = rest.next() {
        path.push('/');
        encode_component(&mut path, level, if rest.peek().is_some() { Place::Directory } else { Place::Leaf });
    }
    path.push_str(SUFFIX);
    path
}

/// The levels below `root`, joined by slashes, or `Some(None)` if one of them is a hash, or `None` for a foreign path.
#[expect(clippy::option_option, reason = "the two ways of having no name are told apart right by the callers")]
fn decode_levels(rel: &str, root: &str) -> Option<Option<String>> {
    let inner = stem(rel, root)?;
    if rel.len() > caps::PATH || inner.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut levels = String::with_capacity(inner.len());
    let mut hashed = false;
    for (index, component) in inner.split('/').enumerate() {
        if index > 0 {
            levels.push('/');
        }
        if is_hashed(component) {
            hashed = true;
        } else {
            decode_component(&mut levels, component)?;
        }
    }
    Some((!hashed).then_some(levels))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn parameter(name: &str) -> String {
        parameter_path(&name.parse().unwrap()).unwrap()
    }

    fn secret(name: &str) -> String {
        secret_path(&name.parse().unwrap()).unwrap()
    }

    #[test]
    fn parameters_have_these_paths() {
        let a60 = "a".repeat(60);
        let table = [
            ("/prod/db/password", "params/prod/db/password.yaml"),
            ("/x", "params/x.yaml"),
            ("x", "params/%/x.yaml"),
            ("/..", "params/%2e%2e.yaml"),
            ("/.", "params/%2e.yaml"),
            ("/a/../b", "params/a/%2e%2e/b.yaml"),
            ("/.git/config", "params/%2egit/config.yaml"),
            ("/...", "params/%2e.%2e.yaml"),
            ("/aux", "params/%61ux.yaml"),
            ("/COM1.txt", "params/%63om1.txt%7.yaml"),
            ("/lpt0/x", "params/%6cpt0/x.yaml"),
            ("/com10", "params/com10.yaml"),
            ("/console", "params/console.yaml"),
            ("/a.", "params/a%2e.yaml"),
            ("/a.yaml/b", "params/a%2eyaml/b.yaml"),
            ("/a.YAML/b", "params/a%2eyaml%3c/b.yaml"),
            ("/.yaml/b", "params/%2eyaml/b.yaml"),
            ("/a.yaml", "params/a.yaml.yaml"),
            ("/prod/DB", "params/prod/db%3.yaml"),
            ("/prod/db", "params/prod/db.yaml"),
            ("/DATABASE_URL", "params/database_url%eff.yaml"),
            ("/xBCDeF", "params/xbcdef%02e.yaml"),
            ("/xbcdef.", "params/xbcdef%2e.yaml"),
        ];
        for (name, path) in table {
            assert_eq!(parameter(name), path, "{name}");
            assert_eq!(decode_parameter(path), Decoded::Name(name.parse().unwrap()), "{path}");
        }
        let long = format!("/{}", "a".repeat(1010));
        let path = parameter(&long);
        assert!(path.starts_with(&format!("params/{a60}%~")) && path.len() == 7 + 60 + 2 + 26 + 5, "{path}");
        assert_eq!(decode_parameter(&path), Decoded::Hashed);
    }

    #[test]
    fn the_hash_of_a_long_component_is_that_of_its_own_spelling() {
        let path = parameter(&format!("/{}", "a".repeat(101)));
        assert_eq!(path, format!("params/{}%~tudzgolzsg2xvgnaprxgwsusxk.yaml", "a".repeat(60)));
        assert_ne!(parameter(&format!("/{}", "A".repeat(101))), path, "case still counts");
        assert_eq!(parameter(&format!("/{}", "a".repeat(100))), format!("params/{}.yaml", "a".repeat(100)));
        assert!(parameter(&format!("/{}", "A".repeat(80))).contains("%~"), "80 letters and a mask of 20 digits");
    }

    #[test]
    fn the_table_in_the_documentation_is_true() {
        let cells = |row: &str| {
            let (name, path) = row.strip_prefix("| `")?.strip_suffix("` |")?.split_once("` | `")?;
            Some((name.to_owned(), path.to_owned()))
        };
        let rows: Vec<_> = include_str!("../../docs/FORMAT.md").lines().filter_map(cells).collect();
        assert!(rows.len() >= 17);
        for (name, path) in rows {
            let encoded = if path.starts_with(PARAMETERS) { parameter(&name) } else { secret(&name) };
            assert_eq!(encoded, path, "{name}");
        }
    }

    #[test]
    fn secrets_may_have_empty_components() {
        let table = [
            ("prod/db", "secrets/prod/db.yaml"),
            ("/prod/db", "secrets/%/prod/db.yaml"),
            ("a//b", "secrets/a/%/b.yaml"),
            ("a/", "secrets/a/%.yaml"),
            ("/", "secrets/%/%.yaml"),
            ("a+b=c@d", "secrets/a+b=c@d.yaml"),
        ];
        for (name, path) in table {
            assert_eq!(secret(name), path, "{name}");
            assert_eq!(decode_secret(path), Decoded::Name(name.parse().unwrap()), "{path}");
        }
    }

    #[test]
    fn keys_and_snapshots_have_paths_too() {
        assert_eq!(key_path(&"default".parse().unwrap()), "keys/default.yaml");
        assert_eq!(key_path(&"aux".parse().unwrap()), "keys/%61ux.yaml");
        assert_eq!(decode_key("keys/%61ux.yaml"), Some("aux".parse().unwrap()));
        assert_eq!(decode_key("keys/a/b.yaml"), None);
        assert_eq!(trust_path(1), "trust/000001.yaml");
        assert_eq!(trust_path(1_234_567), "trust/1234567.yaml");
        assert_eq!(decode_trust("trust/000012.yaml"), Some(12));
        for foreign in ["trust/12.yaml", "trust/000000.yaml", "trust/+00012.yaml", "trust/0000012.yaml"] {
            assert_eq!(decode_trust(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn directories_are_those_of_the_documents_in_them() {
        let dir = |path: &str| parameter_dir(&path.parse().unwrap());
        assert_eq!(dir("/"), "params");
        assert_eq!(dir("/Prod/a.yaml"), "params/prod%1/a%2eyaml");
        assert!(parameter("/Prod/a.yaml/x").starts_with("params/prod%1/a%2eyaml/"));
    }

    #[test]
    fn paths_that_no_name_has_are_foreign() {
        for rel in [
            "params/X.yaml",
            "params/x.yml",
            "params/x",
            "params/.yaml",
            "params//x.yaml",
            "params/../x.yaml",
            "params/%/%/x.yaml",
            "params/%/a/b.yaml",
            "params/%.yaml",
            "params/a%0.yaml",
            "params/a%2.yaml",
            "params/a%61.yaml",
            "params/%41.yaml",
            "params/%2f.yaml",
            "params/a%1%1.yaml",
            "params/a%01.yaml",
            "params/aux.yaml",
            "params/a b.yaml",
            "params/awsx.yaml",
            "params/é.yaml",
            "params/a%é.yaml",
            "params/xbcdef%2E.yaml",
            "secrets/x.yaml",
        ] {
            assert_eq!(decode_parameter(rel), Decoded::Foreign, "{rel}");
        }
    }

    #[test]
    fn a_path_too_long_for_file_systems_is_refused() {
        let name: ParameterName = format!("/{}", ["a".repeat(66).as_str(); 15].join("/")).parse().unwrap();
        let error = parameter_path(&name).unwrap_err();
        assert_eq!(error.length, 1016, "{error}");
    }

    /// Components near the traps: dots, device names, case, `yaml`, and lengths around the limit.
    fn component(extra: &'static str) -> impl Strategy<Value = String> {
        prop_oneof![
            4 => proptest::string::string_regex(&format!("[a-cA-C.2e{extra}-]{{1,8}}")).unwrap(),
            1 => proptest::string::string_regex("(?i)(con|aux|nul|com[0-9]|x)(\\.|\\.txt|\\.yaml)?").unwrap(),
            1 => proptest::string::string_regex("[a-zA-Z0-9._-]{70,130}").unwrap(),
            1 => proptest::string::string_regex("(?i)\\.{0,3}[a-f]{0,7}\\.{0,2}(yaml)?[a-f.]").unwrap(),
        ]
    }

    fn parameter_name() -> impl Strategy<Value = ParameterName> {
        (any::<bool>(), proptest::collection::vec(component("_"), 1..6)).prop_filter_map(
            "not a name",
            |(rooted, levels)| {
                let text = if rooted || levels.len() > 1 { format!("/{}", levels.join("/")) } else { levels.concat() };
                text.parse().ok()
            },
        )
    }

    fn secret_name() -> impl Strategy<Value = SecretName> {
        proptest::collection::vec(prop_oneof![component("_+=@"), Just(String::new())], 1..6)
            .prop_filter_map("not a name", |levels| levels.join("/").parse().ok())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn decoding_undoes_encoding(name in parameter_name(), secret in secret_name()) {
            let path = parameter_path(&name).unwrap();
            match decode_parameter(&path) {
                Decoded::Hashed => prop_assert!(path.contains("%~")),
                decoded => prop_assert_eq!(decoded, Decoded::Name(name)),
            }
            if let Ok(path) = secret_path(&secret) {
                match decode_secret(&path) {
                    Decoded::Hashed => prop_assert!(path.contains("%~")),
                    decoded => prop_assert_eq!(decoded, Decoded::Name(secret)),
                }
            }
        }

        #[test]
        fn paths_are_harmless_everywhere(name in parameter_name()) {
            let path = parameter_path(&name).unwrap();
            prop_assert!(!path.bytes().any(|byte| byte.is_ascii_uppercase()));
            for component in path.split('/') {
                prop_assert!(!component.is_empty() && !component.starts_with('.') && !component.ends_with('.'));
                prop_assert!(component.len() <= 105 && !component::is_device(component));
            }
            let parent = path.rsplit_once('/').unwrap().0;
            prop_assert!(parent.split('/').all(|component| !component.as_bytes().ends_with(b".yaml")));
        }

        #[test]
        fn any_path_decodes_without_panic(rel in "params/[a-c%~2e./é]{0,120}(\\.yaml)?") {
            let _ = decode_parameter(&rel);
        }
    }

    /// Short components over the letters that escapes and masks are made of, all of them.
    #[test]
    fn no_two_names_share_a_path_even_where_case_is_ignored() {
        let mut seen: HashMap<String, String> = HashMap::new();
        let mut components = vec![String::new()];
        let mut from = 0;
        for _ in 0..7 {
            let to = components.len();
            for index in from..to {
                for letter in ["a", "A", ".", "2", "e"] {
                    let longer = components[index].clone() + letter;
                    components.push(longer);
                }
            }
            from = to;
        }
        for component in components.iter().skip(1) {
            let path = parameter(&format!("/{component}")).to_lowercase();
            if let Some(other) = seen.insert(path, component.clone()) {
                panic!("{component} and {other} share a path");
            }
        }
        assert!(seen.len() > 97_000);
    }
}
