//! Files of YAML that have more than one document.

/// The line of the marker where a second document begins.
pub(crate) fn second_document(text: &str) -> Option<usize> {
    let is_marker = |line: &str| line == "---" || line.starts_with("--- ") || line.starts_with("---\t");
    let is_content = |line: &str| !line.trim().is_empty() && !line.starts_with(['#', '%']);
    let mut content = text.lines().enumerate().filter(|(_, line)| is_content(line.trim_end()));
    // The first one may be the marker of the first document.
    content.next()?;
    content.find(|(_, line)| is_marker(line.trim_end())).map(|(number, _)| number + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_marker_after_any_content_begins_another_document() {
        for (text, expected) in [
            ("a: 1\n---\nb: 2\n", Some(2)),
            ("# x\n---\na: 1\n--- # y\nb: 2\n", Some(4)),
            ("---\r\na: 1\r\n---\r\n", Some(3)),
            ("%YAML 1.2\n---\na: 1\n...\n", None),
            ("a: |\n  ---\n  x\n", None),
            ("a: ----\n", None),
            ("", None),
        ] {
            assert_eq!(second_document(text), expected, "{text:?}");
        }
    }
}
