//! What several elements say about one name.

use std::collections::HashMap;

use crate::inject::import::item::ItemError;

/// Versions by name, in the order in which the names first occur. If one cannot be read, its whole name is unusable.
pub(super) struct Grouped<T> {
    order: Vec<(String, Result<Vec<T>, ItemError>)>,
    places: HashMap<String, usize>,
}

impl<T> Default for Grouped<T> {
    fn default() -> Self {
        Grouped { order: Vec::new(), places: HashMap::new() }
    }
}

impl<T> Grouped<T> {
    /// Adds a version, unless it is one that another answer gave before.
    pub(super) fn add(&mut self, name: &str, read: Result<T, ItemError>, is_same: impl Fn(&T, &T) -> bool) {
        let place = *self.places.entry(name.to_owned()).or_insert_with(|| {
            self.order.push((name.to_owned(), Ok(Vec::new())));
            self.order.len() - 1
        });
        let versions = &mut self.order[place].1;
        match (read, versions) {
            (Ok(version), Ok(versions)) if !versions.iter().any(|known| is_same(known, &version)) => {
                versions.push(version);
            }
            (Err(error), versions) => *versions = Err(error),
            _ => {}
        }
    }

    pub(super) fn into_inner(self) -> impl Iterator<Item = (String, Result<Vec<T>, ItemError>)> {
        self.order.into_iter()
    }
}
