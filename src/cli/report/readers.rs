//! The readers of a key before somebody leaves, one a line, with a sign before those who do.

use std::fmt::Write as _;

use crate::model::name::{KeyName, MemberName};

/// Who can read the key, with a minus before those who are about to lose it.
pub(crate) fn leaving(key: &KeyName, readers: &[MemberName], gone: &[MemberName]) -> String {
    let mut lines = format!("\nreaders of {key}:\n");
    for reader in readers {
        // Writing to a `String` cannot fail.
        let _ = writeln!(lines, "  {} {reader}", if gone.contains(reader) { '-' } else { ' ' });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leaves_has_a_sign() {
        let names: Vec<MemberName> = ["ana", "bob"].map(|name| name.parse().unwrap()).into();
        let shown = leaving(&"prod".parse().unwrap(), &names, &names[1..]);
        assert_eq!(shown, "\nreaders of prod:\n    ana\n  - bob\n");
    }
}
