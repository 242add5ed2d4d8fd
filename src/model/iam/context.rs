//! What is known about a call: condition keys and their values.

/// The condition keys of a call, in any letter case, each with one value or several.
#[derive(Debug, Clone, Default)]
pub struct Context(Vec<(String, Vec<String>)>);

impl Context {
    /// Sets a key to one value.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.set_many(key, [value]);
    }

    /// Sets a key to several values. A key without values is as good as absent.
    pub fn set_many<T: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = T>) {
        let key = key.to_ascii_lowercase();
        self.0.retain(|(known, _)| *known != key);
        self.0.push((key, values.into_iter().map(Into::into).collect()));
    }

    /// The values of a key in lower case; empty if it is absent.
    pub(super) fn values(&self, key: &str) -> &[String] {
        self.0.iter().find(|(known, _)| known == key).map_or(&[], |(_, values)| values)
    }

    /// The value of a key that has exactly one.
    pub(super) fn single(&self, key: &str) -> Option<&str> {
        if let [only] = self.values(key) { Some(only) } else { None }
    }
}
