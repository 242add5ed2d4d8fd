//! Where a rotation function is called that is served elsewhere: a URL of Lambda's Invoke.

use super::event::Url;

/// A URL that takes the call of one function: https to anywhere, http to this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InvokeUrl(String);

/// What stands before the URL in its file.
const OPTIONS: &str = "# vault-options: tls=verify|insecure, sslrootcert=FILE\n";

impl InvokeUrl {
    /// As somebody writes it. Without a path, the function is called by this name.
    pub(crate) fn new(text: &str, function: &str) -> Option<Self> {
        Url::of(text)?;
        let (scheme, rest) = text.split_once("://")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains(['?', '#']) {
            return None;
        }
        let whole = match path {
            "" => format!("{scheme}://{authority}/2015-03-31/functions/{function}/invocations"),
            _ => text.to_owned(),
        };
        Some(InvokeUrl(whole))
    }

    /// As the file of a hook says it: one line, after those that declare its options.
    pub(crate) fn in_file(content: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(content).ok()?.lines().filter(|line| !line.starts_with('#'));
        let (text, None) = (lines.next()?, lines.next()) else { return None };
        Url::of(text).map(|_| InvokeUrl(text.to_owned()))
    }

    /// The file of a hook that says it.
    pub(crate) fn file(&self) -> String {
        format!("{OPTIONS}{}\n", self.0)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_another_function() {
        let of = |text: &str| InvokeUrl::new(text, "rotate-db").map(|url| url.0);
        let usual = "http://127.0.0.1:9000/2015-03-31/functions/rotate-db/invocations";
        for text in ["http://127.0.0.1:9000", "http://127.0.0.1:9000/"] {
            assert_eq!(of(text).as_deref(), Some(usual), "{text}");
        }
        for whole in ["http://localhost:8080/2015-03-31/functions/function/invocations", "https://fn.example/x?a=/"] {
            assert_eq!(of(whole).as_deref(), Some(whole));
        }
        for bad in ["http://example.com", "https://a:b@example.com/", "https://fn.example?a=/x", "127.0.0.1:9000", ""] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_file_says_one_url() {
        let url = InvokeUrl::new("http://127.0.0.1:9000", "f").unwrap();
        assert_eq!(InvokeUrl::in_file(url.file().as_bytes()), Some(url.clone()));
        let twice = format!("{}{}\n", url.file(), url.as_str());
        for bad in
            ["", "# http://127.0.0.1/\n", "http://example.com/x\n", "import os\n", &twice, "http://127.0.0.1/x\r\n\n"]
        {
            assert_eq!(InvokeUrl::in_file(bad.as_bytes()), None, "{bad}");
        }
    }
}
