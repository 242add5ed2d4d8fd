//! What is typed: a line with a cursor.

/// A line of text, and the cursor in it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Query {
    before: String,
    after: String,
}

impl Query {
    /// A line that is typed already.
    pub(super) fn new(text: &str) -> Self {
        Query { before: text.to_owned(), after: String::new() }
    }

    pub(super) fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// What is left of the cursor.
    pub(super) fn before(&self) -> &str {
        &self.before
    }

    /// What is right of the cursor.
    pub(super) fn after(&self) -> &str {
        &self.after
    }

    pub(super) fn insert(&mut self, typed: char) {
        self.before.push(typed);
    }

    pub(super) fn backspace(&mut self) {
        self.before.pop();
    }

    pub(super) fn delete(&mut self) {
        self.after = self.after.chars().skip(1).collect();
    }

    pub(super) fn erase_before(&mut self) {
        self.before.clear();
    }

    pub(super) fn erase_word(&mut self) {
        let kept = self.before.trim_end_matches(' ').trim_end_matches(|c| c != ' ').len();
        self.before.truncate(kept);
    }

    pub(super) fn left(&mut self) {
        if let Some(passed) = self.before.pop() {
            self.after.insert(0, passed);
        }
    }

    pub(super) fn right(&mut self) {
        self.before.extend(self.after.chars().next());
        self.delete();
    }

    pub(super) fn home(&mut self) {
        self.after = self.text();
        self.before.clear();
    }

    pub(super) fn end(&mut self) {
        self.before = self.text();
        self.after.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_edit_the_line_by_whole_characters() {
        let mut query = Query::new("db 漢字");
        query.left();
        query.backspace();
        query.insert('é');
        assert_eq!((query.before(), query.after()), ("db é", "字"));
        query.delete();
        query.erase_word();
        assert_eq!(query.text(), "db ");
        query.home();
        query.right();
        query.right();
        query.right();
        query.right();
        assert_eq!((query.before(), query.after()), ("db ", ""));
        query.left();
        query.end();
        query.erase_word();
        query.erase_word();
        query.backspace();
        assert_eq!(query, Query::default());
        query.insert('x');
        query.erase_before();
        assert_eq!(query.text(), "");
    }
}
