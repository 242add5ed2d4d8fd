//! Which options a hook takes, as its first lines declare them (docs/hooks.md, Declared options).

use std::collections::BTreeMap;
use std::path::Path;

use super::suggestion;

/// What a comment line declares options with; there may be several such lines.
const MARK: &str = "vault-options:";

/// The options of a hook, in the order of their declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HookOptions {
    declared: Vec<Declared>,
    /// Whether it takes others too, unless they look like a slip.
    is_open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Declared {
    name: String,
    is_required: bool,
    form: Form,
}

/// What an option's value looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Text,
    Number,
    /// An absolute path.
    File,
    /// One of several words.
    Words(Vec<String>),
}

/// Options that do not fit what a hook declares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HookOptionsError {
    /// The hook does not know it.
    #[error("the hook has no option `{name}`")]
    Unknown {
        name: String,
        /// Similar names.
        near: Vec<String>,
        /// The names that it knows.
        known: Vec<String>,
    },
    /// Its value has the wrong form.
    #[error("the option `{name}` must be {expected}")]
    Value { name: String, expected: String },
    /// It has to be given.
    #[error("the hook needs the option `{0}`")]
    Missing(String),
}

impl HookOptions {
    /// What the comment lines at the beginning of a program declare; `None` if they declare nothing, and so anything goes.
    pub(crate) fn declared_by(program: &[u8]) -> Option<HookOptions> {
        let lines = program.split(|byte| *byte == b'\n').take_while(|line| line.starts_with(b"#"));
        let lines = lines.filter_map(|line| std::str::from_utf8(line).ok());
        let marked: Vec<_> = lines.filter_map(|line| line.trim_start_matches(['#', ' ']).strip_prefix(MARK)).collect();
        (!marked.is_empty()).then(|| HookOptions::of(&marked.join(",")))
    }

    /// Reads a declaration: `name`, `name=NUMBER`, `name=FILE` or `name=one|two`, with `!` if it is required, and commas.
    /// `...` allows others, unless their names are similar.
    pub(crate) fn of(text: &str) -> HookOptions {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let (open, items): (Vec<_>, Vec<_>) = items.partition(|item| *item == "...");
        HookOptions { declared: items.into_iter().map(Declared::of).collect(), is_open: !open.is_empty() }
    }

    /// Refuses options that are not declared, have a value of another form, or are missing.
    pub(crate) fn check(&self, options: &BTreeMap<String, String>) -> Result<(), HookOptionsError> {
        for (name, value) in options {
            let Some(declared) = self.declared.iter().find(|declared| declared.name == *name) else {
                let (near, known) = self.near(name);
                if self.is_open && near.is_empty() {
                    continue;
                }
                return Err(HookOptionsError::Unknown { name: name.clone(), near, known });
            };
            if !declared.form.fits(value) {
                let expected = declared.form.to_string();
                return Err(HookOptionsError::Value { name: name.clone(), expected });
            }
        }
        let missing =
            self.declared.iter().find(|declared| declared.is_required && !options.contains_key(&declared.name));
        missing.map_or(Ok(()), |missing| Err(HookOptionsError::Missing(missing.name.clone())))
    }

    /// Similar names, and all that are declared.
    fn near(&self, name: &str) -> (Vec<String>, Vec<String>) {
        let known: Vec<_> = self.declared.iter().map(|declared| declared.name.clone()).collect();
        (suggestion::nearest(name, known.iter().map(String::as_str), 3), known)
    }
}

impl Declared {
    fn of(item: &str) -> Declared {
        let (name, form) = item.split_once('=').map_or((item, ""), |(name, form)| (name.trim(), form.trim()));
        let required = name.strip_suffix('!');
        Declared { name: required.unwrap_or(name).to_owned(), is_required: required.is_some(), form: Form::of(form) }
    }
}

impl Form {
    fn of(text: &str) -> Form {
        match text {
            "" => Form::Text,
            "NUMBER" => Form::Number,
            "FILE" => Form::File,
            words => Form::Words(words.split('|').map(str::to_owned).collect()),
        }
    }

    fn fits(&self, value: &str) -> bool {
        match self {
            Form::Text => true,
            Form::Number => value.parse::<u32>().is_ok_and(|number| number > 0),
            Form::File => Path::new(value).is_absolute(),
            Form::Words(words) => words.iter().any(|word| word == value),
        }
    }
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Form::Text => f.write_str("a text"),
            Form::Number => f.write_str("a number from 1 up"),
            Form::File => f.write_str("the absolute path of a file"),
            Form::Words(words) => write!(f, "`{}`", words.join("` or `")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(declared: &str, given: &[(&str, &str)]) -> Result<(), String> {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        HookOptions::of(declared).check(&given).map_err(|error| error.to_string())
    }

    #[test]
    fn options_fit_what_is_declared() {
        let declared = "users=single|alternating, length=NUMBER, ca=FILE, url!";
        let url = ("url", "https://x");
        assert_eq!(check(declared, &[url, ("users", "single"), ("length", "40"), ("ca", "/etc/ca.pem")]), Ok(()));
        let refused = [
            (("users", "both"), "the option `users` must be `single` or `alternating`"),
            (("length", "0"), "the option `length` must be a number from 1 up"),
            (("length", "abc"), "the option `length` must be a number from 1 up"),
            (("ca", "ca.pem"), "the option `ca` must be the absolute path of a file"),
            (("lenght", "40"), "the hook has no option `lenght`"),
        ];
        for (option, error) in refused {
            assert_eq!(check(declared, &[url, option]), Err(error.to_owned()));
        }
        assert_eq!(check(declared, &[]), Err("the hook needs the option `url`".to_owned()));
    }

    #[test]
    fn similar_names_are_suggested() {
        let options = HookOptions::of("length=NUMBER, tls");
        for (name, expected) in [("lenght", vec!["length".to_owned()]), ("something", Vec::new())] {
            assert_eq!(options.near(name), (expected, vec!["length".to_owned(), "tls".to_owned()]));
        }
        assert_eq!(check("url!, ...", &[("url", "x"), ("team", "web")]), Ok(()));
        assert!(check("sslrootcert, ...", &[("sslrootcer", "x")]).is_err(), "a slip");
    }

    #[test]
    fn the_first_comments_of_a_program_declare_options() {
        let program =
            "#!/bin/sh\n# A hook.\n# vault-options: url!\n#vault-options: tls=on|off,\n\n# vault-options: no\n";
        assert_eq!(HookOptions::declared_by(program.as_bytes()), Some(HookOptions::of("url!, tls=on|off")));
        assert_eq!(HookOptions::declared_by(b"#!/bin/sh\n# vault-options:\n"), Some(HookOptions::of("")));
        for without in ["", "#!/bin/sh\n# A hook.\n", "\n# vault-options: a\n", "\u{7f}ELF\u{0}\n# vault-options: a\n"]
        {
            assert_eq!(HookOptions::declared_by(without.as_bytes()), None, "{without:?}");
        }
    }
}
