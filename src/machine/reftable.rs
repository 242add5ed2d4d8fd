//! `HEAD` of a git repository that keeps its references in reftables: there the file `HEAD` is a placeholder.
//!
//! The tables are stacked, the newest last, and each begins with its references sorted by name, so `HEAD` is in the first block. Git
//! documents the format as "reftable".

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What the file `HEAD` contains in such a repository.
pub(super) const PLACEHOLDER: &str = "ref: refs/heads/.invalid";

/// More than git's first block and any list of tables.
const LIMIT: u64 = 64 * 1024;

/// The name of the reference that `HEAD` is; `None` if it is a commit or cannot be read.
pub(super) fn head(git_dir: &Path) -> Option<String> {
    let tables = git_dir.join("reftable");
    let list = String::from_utf8(read(&tables.join("tables.list"))?).ok()?;
    let names = list.lines().rev().filter(|name| !name.contains('/'));
    match { names }.find_map(|name| head_in(&read(&tables.join(name))?))? {
        Head::Reference(name) => String::from_utf8(name).ok(),
        Head::Commit => None,
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LIMIT).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// What `HEAD` is.
#[derive(Debug, PartialEq, Eq)]
enum Head {
    Reference(Vec<u8>),
    Commit,
}

/// `HEAD` in the first block of a table.
fn head_in(table: &[u8]) -> Option<Head> {
    let (header, hash) = match table.get(..5)? {
        b"REFT\x01" => (24, 20),
        b"REFT\x02" if table.get(24..28)? == b"s256" => (28, 32),
        b"REFT\x02" => (28, 20),
        _ => return None,
    };
    let [b'r', high, middle, low] = *table.get(header..header + 4)? else { return None };
    let end = u32::from_be_bytes([0, high, middle, low]) as usize;
    let mut rest = table.get(header + 4..end.min(table.len()))?;
    let mut name: Vec<u8> = Vec::new();
    loop {
        let kept = number(&mut rest)?;
        let suffix = number(&mut rest)?;
        name.truncate(kept);
        name.extend(take(&mut rest, suffix >> 3)?);
        number(&mut rest)?;
        let value = match suffix & 7 {
            0 => Vec::new(),
            1 => take(&mut rest, hash)?.to_vec(),
            2 => take(&mut rest, 2 * hash)?.to_vec(),
            3 => {
                let length = number(&mut rest)?;
                take(&mut rest, length)?.to_vec()
            }
            _ => return None,
        };
        match name.as_slice().cmp(b"HEAD") {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => {
                return Some(if suffix & 7 == 3 { Head::Reference(value) } else { Head::Commit });
            }
            std::cmp::Ordering::Greater => return None,
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

/// A number as git writes it into packs and reftables: seven bits a byte, each continuation counted from one.
fn number(rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0_usize;
    loop {
        let byte = *take(rest, 1)?.first()?;
        value = value.checked_mul(128)? + usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = value.checked_add(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table with these records: kept bytes of the name before, the rest of the name, kind, value.
    fn table(records: &[(u8, &str, u8, &[u8])]) -> Vec<u8> {
        let mut block = Vec::new();
        for (kept, name, kind, value) in records {
            block.extend([*kept, u8::try_from(name.len()).unwrap() << 3 | kind]);
            block.extend(name.bytes());
            block.push(0);
            if *kind == 3 {
                block.push(u8::try_from(value.len()).unwrap());
            }
            block.extend(*value);
        }
        let mut bytes = b"REFT\x01".to_vec();
        bytes.resize(24, 0);
        let end = u32::try_from(28 + block.len()).unwrap().to_be_bytes();
        bytes.extend([b'r', end[1], end[2], end[3]]);
        bytes.extend(block);
        bytes
    }

    #[test]
    fn head_is_found_among_other_references() {
        let picked = (0, "AUTO_MERGE", 1, &[7; 20][..]);
        let head = (0, "HEAD", 3, &b"refs/heads/main"[..]);
        let main = (0, "refs/heads/main", 1, &[8; 20][..]);
        assert_eq!(head_in(&table(&[picked, head, main])), Some(Head::Reference(b"refs/heads/main".to_vec())));
        assert_eq!(head_in(&table(&[(0, "HEAD", 1, &[7; 20]), main])), Some(Head::Commit), "detached");
        assert_eq!(head_in(&table(&[main])), None, "an older table has it");
        assert_eq!(head_in(&table(&[(0, "HE", 0, &[]), (2, "AD", 3, b"x")])), Some(Head::Reference(b"x".to_vec())));
    }

    #[test]
    fn whatever_is_in_a_table_is_read_without_harm() {
        let whole = table(&[(0, "HEAD", 3, b"refs/heads/main")]);
        for length in 0..whole.len() {
            assert_eq!(head_in(&whole[..length]), None, "{length}");
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut broken = whole.clone();
                broken[at] ^= 1 << bit;
                let _ = head_in(&broken);
            }
        }
    }

    #[test]
    fn numbers_are_those_of_packs() {
        for (bytes, value) in [(&[0x7f][..], 127), (&[0x80, 0x00], 128), (&[0x80, 0x7f], 255), (&[0x81, 0x00], 256)] {
            assert_eq!(number(&mut &bytes[..]), Some(value));
        }
        assert_eq!(number(&mut &[0xff; 20][..]), None);
    }

    #[test]
    fn git_writes_what_is_read_here() {
        let dir = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str]| {
            let mut command = std::process::Command::new("git");
            command.args(["-C", dir.path().to_str().unwrap(), "-c", "user.name=x", "-c", "user.email=x@example.org"]);
            command.args(arguments).output().is_ok_and(|output| output.status.success())
        };
        if !git(&["init", "-q", "--ref-format=reftable", "-b", "main"]) {
            return;
        }
        let git_dir = dir.path().join(".git");
        let here = || head(&git_dir);
        assert_eq!(std::fs::read_to_string(git_dir.join("HEAD")).unwrap().trim_end(), PLACEHOLDER);
        assert_eq!(here().as_deref(), Some("refs/heads/main"));
        assert!(git(&["commit", "-q", "--allow-empty", "-m", "x"]) && git(&["switch", "-q", "-c", "feature/a"]));
        assert_eq!(here().as_deref(), Some("refs/heads/feature/a"));
        assert!(git(&["checkout", "-q", "--detach"]));
        assert_eq!(here(), None);
        assert!(git(&["pack-refs", "--all"]) && git(&["switch", "-q", "main"]));
        assert_eq!(here().as_deref(), Some("refs/heads/main"));
    }
}
