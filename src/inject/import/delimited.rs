//! Names and values in two columns, as `chamber export` writes them. There is no header line.

use zeroize::Zeroizing;

use super::error::ImportError;
use super::item::{Item, item};

/// Comma-separated, with quotes where a value needs them (RFC 4180).
pub(super) fn csv(text: &str) -> Result<Vec<Item>, ImportError> {
    let mut reader = Reader { rest: text, line: 1 };
    let mut items = Vec::new();
    while !reader.rest.is_empty() {
        if let Some(rest) = reader.rest.strip_prefix('\n').or(reader.rest.strip_prefix("\r\n")) {
            (reader.rest, reader.line) = (rest, reader.line + 1);
            continue;
        }
        let line = reader.line;
        let (name, more) = reader.field()?;
        let (value, end) = if more { reader.field()? } else { (Zeroizing::default(), true) };
        if !more || end {
            return Err(ImportError::Line { line, fault: "it does not have exactly two columns, a name and a value" });
        }
        items.push(item(name.to_string(), value));
    }
    Ok(items)
}

/// Separated by the first tab, one value per line. Nothing in a value is escaped.
pub(super) fn tsv(text: &str) -> Result<Vec<Item>, ImportError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty());
    let read = |(index, line): (usize, &str)| {
        let fault = "it is not a name, a tab and a value; multi-line values are ambiguous in this format";
        let (name, value) = line.split_once('\t').ok_or(ImportError::Line { line: index + 1, fault })?;
        Ok(item(name.to_owned(), Zeroizing::new(value.to_owned())))
    };
    lines.map(read).collect()
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    /// The next field, and whether another one follows on the line.
    fn field(&mut self) -> Result<(Zeroizing<String>, bool), ImportError> {
        let field;
        if let Some(rest) = self.rest.strip_prefix('"') {
            let end = closing(rest).ok_or(ImportError::Line { line: self.line, fault: "a quote is not closed" })?;
            field = unquoted(&rest[..end]);
            self.line += rest[..end].matches('\n').count();
            self.rest = &rest[end + 1..];
        } else {
            let end = self.rest.find([',', '\n']).unwrap_or(self.rest.len());
            let (part, rest) = self.rest.split_at(end);
            let part = part.strip_suffix('\r').filter(|_| rest.starts_with('\n')).unwrap_or(part);
            field = Zeroizing::new(part.to_owned());
            self.rest = rest;
        }
        let ended = self.rest.strip_prefix('\n').or(self.rest.strip_prefix("\r\n"));
        if let Some(rest) = self.rest.strip_prefix(',') {
            self.rest = rest;
            return Ok((field, true));
        }
        match ended {
            Some(rest) => (self.rest, self.line) = (rest, self.line + 1),
            None if self.rest.is_empty() => {}
            None => return Err(ImportError::Line { line: self.line, fault: "there is text after the closing quote" }),
        }
        Ok((field, false))
    }
}

/// Where the quoted text ends: at a quote that is not doubled.
fn closing(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find('"')?;
        if !text[at + 1..].starts_with('"') {
            return Some(at);
        }
        from = at + 2;
    }
}

fn unquoted(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.split("\"\"").collect::<Vec<_>>().join("\""))
}

#[cfg(test)]
mod tests {
    use super::super::sample::read;
    use crate::inject::import::{Format, ImportError};

    #[test]
    fn columns_are_names_and_values() {
        let text = "a,1\r\n\"b\",\"two\nlines, \"\"quoted\"\"\"\nc,x y\n\nd,";
        assert_eq!(read(Format::Csv, text).unwrap(), ["a=1", "b=two\nlines, \"quoted\"", "c=x y", "d="]);
        assert_eq!(read(Format::Tsv, "a\t1\nb\tx\ty\n").unwrap(), ["a=1", "b=x\ty"]);
    }

    #[test]
    fn other_columns_are_an_error_with_their_line() {
        for (text, line) in [("a,1\nb\n", 2), ("a,1,2\n", 1), ("a,\"x\ny\"\nb,\"x", 3), ("a,\"x\"y\n", 1)] {
            let error = read(Format::Csv, text).unwrap_err();
            assert!(matches!(error, ImportError::Line { line: at, .. } if at == line), "{text}: {error}");
        }
        assert!(matches!(read(Format::Tsv, "a\tx\nline").unwrap_err(), ImportError::Line { line: 2, .. }));
    }
}
