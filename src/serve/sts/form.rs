//! Bodies of the query protocol.

use crate::serve::percent;

/// The members of a form. What is not text is left out.
pub(crate) fn form(body: &[u8]) -> Vec<(String, String)> {
    let Ok(body) = std::str::from_utf8(body) else { return Vec::new() };
    let body = body.replace('+', " ");
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter_map(|(name, value)| Some((percent::decoded(name)?, percent::decoded(value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let read = form(b"Action=GetCallerIdentity&Version=2011-06-15&x=a+b%2F&broken=%2&noequals");
        let pairs: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("Action", "GetCallerIdentity"), ("Version", "2011-06-15"), ("x", "a b/")]);
    }
}
