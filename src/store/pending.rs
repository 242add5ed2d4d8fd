//! The list of a change: what is put and removed, in order.

use super::files::Expect;

/// One entry of the list.
pub(super) struct Pending {
    pub(super) path: String,
    /// The new content; `None` for a removal.
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) expect: Expect,
}

impl Pending {
    pub(super) fn put(path: &str, bytes: Vec<u8>, expect: Expect) -> Self {
        Pending { path: path.to_owned(), bytes: Some(bytes), expect }
    }

    pub(super) fn removal(path: &str, expect: Expect) -> Self {
        Pending { path: path.to_owned(), bytes: None, expect }
    }
}
