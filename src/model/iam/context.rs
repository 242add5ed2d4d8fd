//! What is known about a call: condition keys and their values.

/// The condition keys of a call, each with one value or several. A policy finds them in any letter case, but the very key first: of two
/// tags whose keys differ in case, one does not stand for the other.
#[derive(Debug, Clone, Default)]
pub struct Context(Vec<(String, Vec<String>)>);

impl Context {
    /// Sets a key to one value.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.set_many(key, [value]);
    }

    /// Sets a key to several values. A key without values is as good as absent.
    pub fn set_many<T: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = T>) {
        self.0.retain(|(known, _)| known != key);
        self.0.push((key.to_owned(), values.into_iter().map(Into::into).collect()));
    }

    /// The values of a key; empty if it is absent.
    pub(super) fn values(&self, key: &str) -> &[String] {
        let exact = self.0.iter().find(|(known, _)| known == key);
        let found = exact.or_else(|| self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)));
        found.map_or(&[], |(_, values)| values)
    }

    /// The value of a key that has exactly one.
    pub(super) fn single(&self, key: &str) -> Option<&str> {
        if let [only] = self.values(key) { Some(only) } else { None }
    }
}

/// Whether any of some answers is yes; `None` if none is and one depends on a variable without a value.
pub(super) fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut any = Some(false);
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            Some(false) => {}
            None => any = None,
        }
    }
    any
}
