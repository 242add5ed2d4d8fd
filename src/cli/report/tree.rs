//! Names as a tree: each level once, indented below the one above it.

use crate::cli::terminal::{Meaning, Page};

/// One line of a tree.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Branch {
    depth: usize,
    text: String,
    is_name: bool,
}

/// The lines of some names, which are sorted and relative to the root.
pub(crate) fn branches<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Branch> {
    let (mut lines, mut before): (Vec<Branch>, Vec<&str>) = (Vec::new(), Vec::new());
    for name in names {
        let levels: Vec<&str> = name.trim_start_matches('/').split('/').collect();
        let shared = before.iter().zip(&levels).take_while(|(a, b)| a == b).count().min(levels.len() - 1);
        for (depth, level) in levels.iter().enumerate().skip(shared) {
            let is_name = depth + 1 == levels.len();
            let text = if is_name { (*level).to_owned() } else { format!("{level}/") };
            lines.push(Branch { depth, text, is_name });
        }
        before = levels;
    }
    lines
}

/// Draws a tree below its root.
pub(crate) fn draw(root: &str, lines: &[Branch], page: &mut Page) {
    let root = page.paint(Meaning::Heading, root);
    page.line(root);
    for Branch { depth, text, is_name } in lines {
        let text = page.paint(if *is_name { Meaning::Name } else { Meaning::Heading }, text);
        page.line(format!("{}{text}", "  ".repeat(depth + 1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_is_there_once() {
        let lines = branches(["/a", "/a/b/c", "/a/b/d", "/e/b/c"]);
        let texts: Vec<(usize, &str)> = lines.iter().map(|line| (line.depth, line.text.as_str())).collect();
        assert_eq!(texts, [(0, "a"), (1, "b/"), (2, "c"), (2, "d"), (0, "e/"), (1, "b/"), (2, "c")]);
    }
}
