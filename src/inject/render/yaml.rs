//! YAML: how a value is written depends on the style of the scalar around it.

use zeroize::Zeroizing;

use super::tracker::{Mismatch, Tracker};
use crate::inject::quoted::{self, is_unprintable};

/// The current position in YAML. It tracks quotes, comments and block scalars, and nothing else of the language.
#[derive(Default)]
pub(super) struct Yaml {
    /// The line up to the current position, with a placeholder for values.
    line: String,
    /// The spaces that it begins with.
    indent: usize,
    /// Whether there is more in it than white space.
    has_text: bool,
    style: Style,
    after_backslash: bool,
    block: Option<Block>,
    /// Open flow brackets.
    flow: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Style {
    #[default]
    Plain,
    Single,
    Double,
    Comment,
}

/// A block scalar: its lines are indented deeper than the line that begins it.
#[derive(Clone, Copy)]
struct Block {
    parent: usize,
    folded: bool,
}

impl Yaml {
    fn character(&mut self, c: char) {
        if c == '\n' {
            return self.end_of_line();
        }
        let before = self.line.chars().last();
        self.push(c);
        if self.in_block() {
            return;
        }
        match self.style {
            Style::Double if self.after_backslash => self.after_backslash = false,
            Style::Double if c == '\\' => self.after_backslash = true,
            Style::Double if c == '"' => self.style = Style::Plain,
            Style::Single if c == '\'' => self.style = Style::Plain,
            Style::Double | Style::Single | Style::Comment => {}
            Style::Plain => self.plain(c, before),
        }
    }

    fn push(&mut self, c: char) {
        self.indent += usize::from(c == ' ' && self.indent == self.line.len());
        self.has_text |= !c.is_whitespace();
        self.line.push(c);
    }

    fn plain(&mut self, c: char, before: Option<char>) {
        let at_start = || self.starts_scalar(self.line.len() - c.len_utf8());
        match c {
            '#' if before.is_none_or(|before| before == ' ' || before == '\t') => self.style = Style::Comment,
            // Behind a closing quote: `''` in a single-quoted scalar opens it again.
            '\'' if before == Some('\'') || at_start() => self.style = Style::Single,
            '"' if at_start() => self.style = Style::Double,
            '[' | '{' if at_start() => self.flow += 1,
            ']' | '}' => self.flow = self.flow.saturating_sub(1),
            _ => {}
        }
    }

    /// Whether a scalar could begin at that byte of the line.
    fn starts_scalar(&self, at: usize) -> bool {
        let before = &self.line[..at];
        let trimmed = before.trim_end_matches([' ', '\t']);
        let spaced = trimmed.len() < before.len();
        match trimmed.chars().last() {
            None => true,
            Some('[' | '{' | ',') if self.flow > 0 => true,
            Some(':') => spaced || self.flow > 0,
            Some('-' | '?') => spaced && trimmed.trim_start_matches([' ', '-', '?']).is_empty(),
            Some(_) => spaced && trimmed.split(' ').next_back().is_some_and(|word| word.starts_with(['!', '&'])),
        }
    }

    fn end_of_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        (self.indent, self.has_text) = (0, false);
        self.after_backslash = false;
        if self.style == Style::Comment {
            self.style = Style::Plain;
        }
        if self.style != Style::Plain || line.trim().is_empty() {
            return;
        }
        if self.block.is_some_and(|block| indentation(&line) > block.parent) {
            return;
        }
        self.block = header(&line).filter(|_| self.flow == 0);
    }

    /// Whether the line up to here belongs to a block scalar.
    fn in_block(&self) -> bool {
        let deeper = |block: Block| !self.has_text || self.indent > block.parent;
        self.block.is_some_and(deeper)
    }

    fn in_plain(&self, value: &str, next: &str) -> Result<Zeroizing<String>, Mismatch> {
        if is_word(value) {
            return Ok(Zeroizing::new(value.to_owned()));
        }
        let flow_end = self.flow > 0 && next.trim_start_matches(' ').starts_with([',', ']', '}']);
        let rest = next.lines().next().unwrap_or_default();
        let ends = rest.trim().is_empty() || rest.starts_with(" #") || flow_end;
        if ends && self.starts_scalar(self.line.len()) { Ok(quoted::whole(value)) } else { Err(Mismatch::NeedsQuotes) }
    }

    fn in_block_scalar(&self, block: Block, value: &str) -> Result<Zeroizing<String>, Mismatch> {
        let has_control = value.chars().any(|c| is_unprintable(c) && c != '\n' && c != '\t');
        let (starts_line, indent) = (!self.has_text, self.indent);
        if has_control
            || (block.folded && value.contains('\n'))
            || (starts_line && (indent <= block.parent || value.starts_with([' ', '\t', '\n'])))
        {
            return Err(Mismatch::NeedsEscapes);
        }
        let line_break = format!("\n{}", " ".repeat(indent));
        Ok(Zeroizing::new(value.split('\n').collect::<Vec<_>>().join(&line_break)))
    }
}

impl Tracker for Yaml {
    fn text(&mut self, text: &str) {
        text.chars().for_each(|c| self.character(c));
    }

    fn fit(&mut self, value: &str, next: &str) -> Result<Zeroizing<String>, Mismatch> {
        let has_control = || value.chars().any(is_unprintable);
        let fitted = match (self.style, self.block) {
            (_, Some(block)) if self.in_block() => self.in_block_scalar(block, value),
            (Style::Double, _) => Ok(quoted::inner(value, |_, _| false)),
            (Style::Single | Style::Comment, _) if has_control() => Err(Mismatch::NeedsEscapes),
            (Style::Single, _) => Ok(Zeroizing::new(value.split('\'').collect::<Vec<_>>().join("''"))),
            (Style::Comment, _) => Ok(Zeroizing::new(value.to_owned())),
            (Style::Plain, _) => self.in_plain(value, next),
        }?;
        self.push('x');
        Ok(fitted)
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether a line ends with `|` or `>` that begins a block scalar.
fn header(line: &str) -> Option<Block> {
    let content = line.split(" #").next().unwrap_or_default().trim_end();
    let mark = content.rsplit(' ').next()?;
    let folded = mark.starts_with('>');
    let is_header = (folded || mark.starts_with('|')) && mark[1..].bytes().all(|b| b"+-123456789".contains(&b));
    let before = content[..content.len() - mark.len()].trim_end();
    let follows =
        before.is_empty() || before.ends_with([':', '-']) || before.rsplit(' ').next()?.starts_with(['!', '&']);
    // In `- a: |` the block belongs to the key, which stands behind the dash.
    let parent = line.len() - line.trim_start_matches([' ', '-']).len();
    let parent =
        if content.trim_start().starts_with("- ") && !before.ends_with('-') { parent } else { indentation(line) };
    (is_header && follows).then_some(Block { parent, folded })
}

/// Whether a value means itself without quotes, at the start of a scalar, inside and at its end.
fn is_word(value: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_./+=@-".contains(c);
    !value.is_empty() && value.chars().all(fits) && !value.starts_with(['-', '@', '=', '.']) && !value.ends_with('-')
}
