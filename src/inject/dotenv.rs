//! Dotenv files, as they are found in the wild.
//!
//! A byte order mark, CRLF, `export`, single, double and backtick quotes, multi-line values, and comments are
//! supported. Nothing is expanded: a `$` is a `$`. Anything ambiguous is an error, not a guess.

use std::collections::HashSet;

use zeroize::Zeroizing;

use super::variable::Variable;

/// A variable with its text.
#[expect(clippy::struct_field_names, reason = "a line knows its number")]
pub(crate) struct Line {
    /// The variable.
    pub variable: Variable,
    /// The text, without quotes.
    pub value: Zeroizing<String>,
    /// The line where it begins, from 1.
    pub line: usize,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.line, self.variable)
    }
}

/// What is wrong with a dotenv file, and where. It never contains content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct DotenvError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No `NAME=`.
    #[error("it is neither a comment nor NAME=VALUE")]
    NoAssignment,
    /// An invalid variable name.
    #[error("a variable name consists of letters, digits and `_`, and does not begin with a digit")]
    Name,
    /// A quote that is never closed.
    #[error("a quote is not closed")]
    Unclosed,
    /// Text after a closing quote.
    #[error("there is text after the closing quote")]
    AfterQuote,
    /// A duplicate name.
    #[error("the variable occurs twice")]
    Twice,
    /// NUL in the text.
    #[error("there is a NUL byte")]
    Nul,
}

/// Reads a file, in its order.
pub(crate) fn read(text: &str) -> Result<Vec<Line>, DotenvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { rest: text, line: 1 };
    let (mut lines, mut seen) = (Vec::new(), HashSet::new());
    while let Some(read) = reader.assignment()? {
        if !seen.insert(read.variable.clone()) {
            return Err(DotenvError { line: read.line, fault: Fault::Twice });
        }
        lines.push(read);
    }
    Ok(lines)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn assignment(&mut self) -> Result<Option<Line>, DotenvError> {
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            let content = self.current().trim();
            if !content.is_empty() && !content.starts_with('#') {
                break;
            }
            self.next_line();
        }
        let line = self.line;
        let (name, value) = self.current().split_once('=').ok_or_else(|| self.fault(Fault::NoAssignment))?;
        let name = name.trim();
        let name = name.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).map_or(name, str::trim);
        let variable: Variable = name.parse().map_err(|_| self.fault(Fault::Name))?;
        let begin = value.trim_start_matches([' ', '\t']);
        let value = if let Some(quote @ ('"' | '\'' | '`')) = begin.chars().next() {
            self.quoted(begin, quote)?
        } else {
            let end = comment(value).unwrap_or(value.len());
            let bare = Zeroizing::new(value[..end].trim().to_owned());
            self.next_line();
            bare
        };
        if value.contains('\0') {
            return Err(DotenvError { line, fault: Fault::Nul });
        }
        Ok(Some(Line { variable, value, line }))
    }

    /// A quoted text, over as many lines as it has. `from` begins with the quote.
    fn quoted(&mut self, from: &'a str, quote: char) -> Result<Zeroizing<String>, DotenvError> {
        let start = self.current().len() - from.len() + 1;
        let body = &self.rest[start..];
        let end = closing(body, quote).ok_or_else(|| self.fault(Fault::Unclosed))?;
        let mut value = Zeroizing::new(String::with_capacity(end));
        let mut chars = body[..end].chars();
        while let Some(c) = chars.next() {
            match c {
                '\r' if chars.as_str().starts_with('\n') => {}
                '\\' if quote == '"' => chars.next().into_iter().for_each(|c| escaped(c, &mut value)),
                c => value.push(c),
            }
        }
        self.line += body[..end].matches('\n').count();
        self.rest = &body[end + 1..];
        let after = self.current().trim();
        if !after.is_empty() && !after.starts_with('#') {
            return Err(self.fault(Fault::AfterQuote));
        }
        self.next_line();
        Ok(value)
    }

    fn current(&self) -> &'a str {
        self.rest.split('\n').next().unwrap_or_default()
    }

    fn next_line(&mut self) {
        let length = self.current().len();
        self.rest = self.rest.get(length + 1..).unwrap_or_default();
        self.line += 1;
    }

    fn fault(&self, fault: Fault) -> DotenvError {
        DotenvError { line: self.line, fault }
    }
}

/// Where a quoted text ends. In double quotes, a backslash escapes the next character.
fn closing(body: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    body.find(|c: char| {
        let closes = c == quote && !is_escaped;
        is_escaped = quote == '"' && c == '\\' && !is_escaped;
        closes
    })
}

/// Where a comment begins after the `=` of an unquoted value: at a `#` after a blank. Right after the `=` it is a part of the
/// value, as in a shell.
fn comment(value: &str) -> Option<usize> {
    let bytes = value.as_bytes();
    (1..bytes.len()).find(|at| bytes[*at] == b'#' && matches!(bytes[at - 1], b' ' | b'\t'))
}

/// The text after a backslash in double quotes. An unknown escape is left as it is.
fn escaped(c: char, value: &mut String) {
    match c {
        'n' => value.push('\n'),
        'r' => value.push('\r'),
        't' => value.push('\t'),
        '"' | '\\' | '\'' | '`' | '$' | '!' => value.push(c),
        '\n' => {}
        other => {
            value.push('\\');
            value.push(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        read(text).unwrap().iter().map(|line| format!("{}:{}={}", line.line, line.variable, *line.value)).collect()
    }

    #[test]
    fn the_pitfalls_are_understood() {
        let text = "\u{feff}# comment\r\nA=plain # no\r\nexport B='it''s'\n".replace("'it''s'", "'$x \\n'");
        assert_eq!(shown(&text), ["2:A=plain", "3:B=$x \\n"]);
        assert_eq!(
            shown("A=\"two\r\nlines\\n\\\"q\\\"\" # c\nB=a#b\nC=\n D = x y \n"),
            ["1:A=two\nlines\n\"q\"", "3:B=a#b", "4:C=", "5:D=x y"]
        );
        assert_eq!(shown("A=#4711\nB=12#34\nC= # none\nD=# x"), ["1:A=#4711", "2:B=12#34", "3:C=", "4:D=# x"]);
        assert_eq!(shown("A=${HOME}$(id)`"), ["1:A=${HOME}$(id)`"]);
        assert_eq!(shown("export=1\nA=`it's \"x\"`"), ["1:export=1", "2:A=it's \"x\""]);
        assert_eq!(shown(r#"A="\$x \! \q""#), [r"1:A=$x ! \q"], "as godotenv and chamber escape");
    }

    #[test]
    fn what_is_doubtful_is_an_error_with_its_line() {
        let error = |text: &str| read(text).map_err(|error| (error.line, error.fault)).unwrap_err();
        assert_eq!(error("A=1\nhunter2\n"), (2, Fault::NoAssignment));
        assert_eq!(error("1A=1"), (1, Fault::Name));
        assert_eq!(error("A='x\ny"), (1, Fault::Unclosed));
        assert_eq!(error("A=\"x\\"), (1, Fault::Unclosed));
        assert_eq!(error("A='x'y"), (1, Fault::AfterQuote));
        assert_eq!(error("A=1\nA=1"), (2, Fault::Twice));
        assert_eq!(error("A=a\0"), (1, Fault::Nul));
    }
}
