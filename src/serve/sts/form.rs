//! Bodies of the query protocol.

/// The members of a form. What is not text is left out.
pub(crate) fn form(body: &[u8]) -> Vec<(String, String)> {
    let Ok(body) = std::str::from_utf8(body) else { return Vec::new() };
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter_map(|(name, value)| Some((decode(name)?, decode(value)?))).collect()
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok()
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
