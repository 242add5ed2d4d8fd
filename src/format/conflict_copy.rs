//! Names of the copies that file synchronisers make if a file was changed on two machines.

use super::path::SUFFIX;

/// A copy, by its name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConflictCopy {
    /// The path of the file that it is a copy of.
    pub(crate) original: String,
    /// What makes copies with such names.
    pub(crate) maker: &'static str,
}

impl ConflictCopy {
    /// What the file at `path` is a copy of, if its name is one that a synchroniser gives to copies.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let stem = path.strip_suffix(SUFFIX)?;
        let (original, maker) = syncthing(stem).or_else(|| in_parentheses(stem)).or_else(|| numbered(stem))?;
        let is_named = original.rsplit('/').next().is_some_and(|leaf| !leaf.is_empty());
        is_named.then(|| ConflictCopy { original: format!("{original}{SUFFIX}"), maker })
    }

    /// Every path that the file at `path` may be a copy of, if synchronisers append a word to the name, such as that of the machine.
    pub(crate) fn possible_originals(path: &str) -> impl Iterator<Item = String> {
        let stem = path.strip_suffix(SUFFIX).unwrap_or_default();
        let leaf = stem.rfind('/').map_or(0, |at| at + 1);
        let ends = stem.char_indices().filter(move |(at, c)| *at > leaf && " -._(~".contains(*c));
        ends.map(|(at, _)| format!("{}{SUFFIX}", &stem[..at]))
    }
}

/// `host.sync-conflict-20260131-101500-ABCDEFG`.
fn syncthing(stem: &str) -> Option<(&str, &'static str)> {
    Some((stem.split_once(".sync-conflict-")?.0, "Syncthing"))
}

/// `host (Ana's conflicted copy 2026-01-31)`, `host (1)`.
fn in_parentheses(stem: &str) -> Option<(&str, &'static str)> {
    let (original, inner) = stem.strip_suffix(')')?.rsplit_once(" (")?;
    let is_said = inner.to_lowercase().contains("conflict");
    Some((original, if is_said { "Dropbox or Nextcloud" } else { "a file synchroniser" }))
}

/// `host 2`.
fn numbered(stem: &str) -> Option<(&str, &'static str)> {
    let (original, number) = stem.rsplit_once(' ')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((original, "iCloud or a file manager"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_recognised_by_their_names() {
        let copies = [
            ("params/a/host (Ana's conflicted copy 2026-01-31).yaml", "params/a/host.yaml", "Dropbox or Nextcloud"),
            ("secrets/x (conflicted copy 2026-01-31 101500).yaml", "secrets/x.yaml", "Dropbox or Nextcloud"),
            ("params/p%1.sync-conflict-20260131-101500-ABCDEFG.yaml", "params/p%1.yaml", "Syncthing"),
            ("keys/default 2.yaml", "keys/default.yaml", "iCloud or a file manager"),
            ("vault (1).yaml", "vault.yaml", "a file synchroniser"),
        ];
        for (path, original, maker) in copies {
            assert_eq!(ConflictCopy::of(path), Some(ConflictCopy { original: original.into(), maker }), "{path}");
        }
        for path in
            ["params/a/host.yaml", "params/a b.yaml", "params/ 2.yaml", "notes 2.txt", "params/host-2.yaml", ".yaml"]
        {
            assert_eq!(ConflictCopy::of(path), None, "{path}");
        }
    }

    #[test]
    fn a_name_with_the_machine_behind_it_may_be_a_copy() {
        let possible: Vec<String> = ConflictCopy::possible_originals("params/a-b/my-host-LAPTOP.yaml").collect();
        assert_eq!(possible, ["params/a-b/my.yaml", "params/a-b/my-host.yaml"]);
    }
}
