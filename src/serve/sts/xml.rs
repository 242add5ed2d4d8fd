//! Answers in XML.

use std::fmt::Write as _;

/// What XML is called.
pub(crate) const XML: &str = "text/xml";

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(crate) enum Element {
    /// With text.
    Text(&'static str, String),
    /// With other elements.
    Group(&'static str, Vec<Element>),
}

/// The answer of an operation.
pub(crate) fn success(name: &str, result: &[Element], request_id: &str) -> String {
    let mut text = format!("<{name}Response xmlns=\"{NAMESPACE}\"><{name}Result>");
    for element in result {
        element.write(&mut text);
    }
    let _ = write!(
        text,
        "</{name}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
    );
    text
}

/// An error.
pub(super) fn failure(status: u16, code: &str, message: String, request_id: &str) -> String {
    let side = if status < 500 { "Sender" } else { "Receiver" };
    let mut text = format!("<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{side}</Type>");
    Element::Text("Code", code.to_owned()).write(&mut text);
    Element::Text("Message", message).write(&mut text);
    let _ = write!(text, "</Error><RequestId>{request_id}</RequestId></ErrorResponse>");
    text
}

impl Element {
    fn write(&self, text: &mut String) {
        match self {
            Element::Text(name, content) => {
                let content = content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let _ = write!(text, "<{name}>{content}</{name}>");
            }
            Element::Group(name, elements) => {
                let _ = write!(text, "<{name}>");
                for element in elements {
                    element.write(text);
                }
                let _ = write!(text, "</{name}>");
            }
        }
    }
}
