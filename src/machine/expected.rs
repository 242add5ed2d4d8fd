//! The documents that a listing has to find.

/// Paths of documents, and which of them were found.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// Sorted.
    paths: Vec<String>,
    is_found: Vec<bool>,
}

impl Expected {
    /// None of these was found yet.
    pub(super) fn new(mut paths: Vec<String>) -> Self {
        paths.sort_unstable();
        let is_found = vec![false; paths.len()];
        Expected { paths, is_found }
    }

    /// Notes what was found, whether it was expected or not.
    pub(crate) fn found(&mut self, path: &str) {
        if let Ok(at) = self.paths.binary_search_by(|expected| expected.as_str().cmp(path)) {
            self.is_found[at] = true;
        }
    }

    /// What was not found, sorted.
    pub(crate) fn missing(self) -> impl Iterator<Item = String> {
        self.paths.into_iter().zip(self.is_found).filter(|(_, is_found)| !is_found).map(|(path, _)| path)
    }
}
