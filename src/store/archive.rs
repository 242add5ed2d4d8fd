//! The archive inside a backup: a tar file that every tar can read, with the vault's files below one directory.
//!
//! Anybody who knows a recipient can create an archive, so the reader accepts only what [`Writer`] writes: regular
//! files at paths where a vault keeps files, each once, within the limits. Anything else is an error.

use std::collections::HashSet;
use std::io::{self, Read, Write};

use tar::{Archive, Builder, EntryType, Header};

use crate::crypto::framing::sha256;
use crate::format::caps;
use crate::format::layout::is_of_vault;

/// The directory that contains the vault's files, so that unpacking with tar creates one directory.
const DIRECTORY: &str = "vault/";
/// 2000-01-01. The same vault gives the same archive, whatever its files' times are in this clone.
const TIME: u64 = 946_684_800;
/// The block size of tar files.
const BLOCK: u64 = 512;
/// The two empty blocks at the end.
const END: u64 = 2 * BLOCK;
/// The longest path in a header.
const SHORT_NAME: usize = 100;
/// The name of a tar entry that only contains a long name.
const LONG_NAME: usize = caps::PATH + DIRECTORY.len() + 1;

const TOO_MUCH: &str = "4 GiB";
const TOO_MANY: &str = "a million files";

/// One file of the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Path relative to the vault.
    pub path: String,
    /// Whether its owner may run it.
    pub is_executable: bool,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What is wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read, is truncated, or is not an archive.
    #[error("the archive cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It cannot be written.
    #[error("the archive cannot be written: {0}")]
    Unwritable(#[source] io::Error),
    /// A file that does not belong in a vault, or something that is not a file.
    #[error("the archive contains `{path}`, {why}")]
    Foreign {
        /// The path in the archive, shortened if it is long.
        path: String,
        /// Why it is refused.
        why: &'static str,
    },
    /// More than a backup may have.
    #[error("the archive has more than {0}")]
    TooLarge(
        /// The limit, in words.
        &'static str,
    ),
    /// The same, for a vault to be backed up.
    #[error("the vault has more than {0}, which no restore would accept")]
    Overfull(
        /// The limit, in words.
        &'static str,
    ),
}

/// How much an archive may contain.
#[derive(Debug, Clone, Copy)]
struct Limits {
    files: usize,
    /// Including what tar adds.
    bytes: u64,
}

const LIMITS: Limits = Limits { files: caps::BACKUP_FILES, bytes: caps::BACKUP };

/// Writes an archive.
pub struct Writer<W: Write> {
    archive: Builder<W>,
    left: Limits,
}

impl<W: Write> Writer<W> {
    /// Begins an archive.
    pub fn new(output: W) -> Self {
        Writer::within(LIMITS, output)
    }

    fn within(limits: Limits, output: W) -> Self {
        let left = Limits { bytes: limits.bytes.saturating_sub(END), ..limits };
        Writer { archive: Builder::new(output), left }
    }

    /// Adds a file; an archive that could not be read again is refused.
    pub fn add(&mut self, path: &str, is_executable: bool, bytes: &[u8]) -> Result<(), ArchiveError> {
        let path = format!("{DIRECTORY}{path}");
        self.left.files = self.left.files.checked_sub(1).ok_or(ArchiveError::Overfull(TOO_MANY))?;
        self.left.bytes =
            self.left.bytes.checked_sub(occupied(&path, bytes)).ok_or(ArchiveError::Overfull(TOO_MUCH))?;
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(if is_executable { 0o755 } else { 0o644 });
        header.set_mtime(TIME);
        self.archive.append_data(&mut header, path, bytes).map_err(ArchiveError::Unwritable)
    }

    /// Ends the archive.
    pub fn finish(self) -> Result<W, ArchiveError> {
        self.archive.into_inner().map_err(ArchiveError::Unwritable)
    }
}

/// The size of a file in an archive: a header and its content in whole blocks, and the same for a name that is too long
/// for the header.
fn occupied(path: &str, bytes: &[u8]) -> u64 {
    let blocks = |length: usize| BLOCK + (length as u64).next_multiple_of(BLOCK);
    let name = if path.len() > SHORT_NAME { blocks(path.len() + 1) } else { 0 };
    name + blocks(bytes.len())
}

/// Reads an archive to its end, and calls `each` with each file. It stops at the first thing that does not belong in a
/// backup.
pub fn read<E: From<ArchiveError>>(input: impl Read, each: impl FnMut(Packed) -> Result<(), E>) -> Result<(), E> {
    read_within(LIMITS, input, each)
}

fn read_within<E: From<ArchiveError>>(
    limits: Limits,
    input: impl Read,
    mut each: impl FnMut(Packed) -> Result<(), E>,
) -> Result<(), E> {
    // One byte beyond the limit shows that there is more.
    let mut archive = Archive::new(input.take(limits.bytes + 1));
    let (mut seen, mut long_name, mut total) = (HashSet::new(), None, 0_u64);
    // Raw: the extensions of tar, such as sparse files, are refused instead of followed.
    for entry in archive.entries().map_err(ArchiveError::from)?.raw(true) {
        let mut entry = entry.map_err(ArchiveError::from)?;
        let (kind, size) = (entry.header().entry_type(), entry.size());
        total = total.saturating_add(size);
        if total > limits.bytes {
            return Err(ArchiveError::TooLarge(TOO_MUCH).into());
        }
        if kind == EntryType::GNULongName && long_name.is_none() && size <= LONG_NAME as u64 {
            long_name = Some(whole(&mut entry)?);
            continue;
        }
        let stated = long_name.take().unwrap_or_else(|| entry.header().path_bytes().into_owned());
        let path = checked(&stated, kind, size)?;
        if seen.len() == limits.files {
            return Err(ArchiveError::TooLarge(TOO_MANY).into());
        }
        if !seen.insert(trace(&path)) {
            return Err(foreign(&stated, "which occurs twice").into());
        }
        let is_executable = entry.header().mode().map_err(ArchiveError::from)? & 0o100 != 0;
        each(Packed { path, is_executable, bytes: whole(&mut entry)? })?;
    }
    // The end of the encrypted stream shows that nothing was cut off.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(ArchiveError::from)?;
    Ok(())
}

/// What is remembered about a path. A million paths of maximum length would take a gigabyte, their hashes 35 MB.
fn trace(path: &str) -> [u8; 16] {
    let digest = sha256(path.as_bytes());
    std::array::from_fn(|place| digest[place])
}

/// The path relative to the vault.
fn checked(stated: &[u8], kind: EntryType, size: u64) -> Result<String, ArchiveError> {
    if kind != EntryType::Regular {
        return Err(foreign(stated, "which is not a regular file"));
    }
    let text = std::str::from_utf8(stated).ok().map(|text| text.trim_end_matches('\0'));
    let path = text.and_then(|text| text.strip_prefix(DIRECTORY)).filter(|path| is_of_vault(path));
    let path = path.ok_or_else(|| foreign(stated, "which does not belong in a vault"))?;
    if size > caps::DOCUMENT {
        return Err(foreign(stated, "which is larger than 16 MiB"));
    }
    Ok(path.to_owned())
}

/// The content of an entry whose size was checked.
fn whole(entry: &mut tar::Entry<'_, impl Read>) -> Result<Vec<u8>, ArchiveError> {
    let size = usize::try_from(entry.size()).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    if bytes.len() == size { Ok(bytes) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()) }
}

fn foreign(path: &[u8], why: &'static str) -> ArchiveError {
    const SHOWN: usize = 200;
    let path = String::from_utf8_lossy(path).trim_end_matches('\0').chars().take(SHOWN).collect();
    ArchiveError::Foreign { path, why }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_all(bytes: &[u8]) -> Result<Vec<Packed>, ArchiveError> {
        let mut found = Vec::new();
        read(bytes, |packed| {
            found.push(packed);
            Ok::<(), ArchiveError>(())
        })?;
        Ok(found)
    }

    fn packed(path: &str, is_executable: bool, bytes: &[u8]) -> Packed {
        Packed { path: path.into(), is_executable, bytes: bytes.into() }
    }

    fn written(files: &[Packed]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        for file in files {
            writer.add(&file.path, file.is_executable, &file.bytes).unwrap();
        }
        writer.finish().unwrap()
    }

    /// An archive with one entry, as another program would create it.
    fn crafted(path: &[u8], kind: EntryType, bytes: &[u8]) -> Vec<u8> {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.as_old_mut().name[..path.len()].copy_from_slice(path);
        header.set_cksum();
        let mut builder = Builder::new(Vec::new());
        builder.append(&header, bytes).unwrap();
        builder.into_inner().unwrap()
    }

    fn refusal(bytes: &[u8]) -> String {
        read_all(bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read_and_is_always_the_same() {
        let long = format!("params/{}/x.yaml", vec!["a".repeat(90); 8].join("/"));
        let files = [
            packed("vault.yaml", false, b"format"),
            packed("hooks/rotate.sh", true, b"#!/bin/sh\n"),
            packed(&long, false, &vec![7; 70_000]),
            packed("params/empty.yaml", false, b""),
        ];
        let archive = written(&files);
        assert_eq!(read_all(&archive).unwrap(), files);
        assert_eq!(written(&files), archive);
    }

    #[test]
    fn paths_that_no_vault_has_are_refused() {
        let paths: [&[u8]; 9] = [
            b"/etc/passwd",
            b"vault/../../etc/passwd",
            b"vault/hooks/../../x",
            b"params/a.yaml",
            b"vault/notes.txt",
            b"vault//vault.yaml",
            b"vault/",
            b"vault/hooks/a\xff",
            b"vault/hooks/a\x1bb",
        ];
        for path in paths {
            let said = refusal(&crafted(path, EntryType::Regular, b"x"));
            assert!(said.ends_with("which does not belong in a vault"), "{said}");
        }
    }

    #[test]
    fn links_devices_and_extensions_are_refused() {
        for kind in [
            EntryType::Symlink,
            EntryType::Link,
            EntryType::Char,
            EntryType::Block,
            EntryType::Fifo,
            EntryType::Directory,
            EntryType::GNUSparse,
            EntryType::GNULongLink,
            EntryType::XHeader,
            EntryType::XGlobalHeader,
            EntryType::Continuous,
        ] {
            let said = refusal(&crafted(b"vault/vault.yaml", kind, b""));
            assert!(said.ends_with("which is not a regular file"), "{kind:?}: {said}");
        }
    }

    #[test]
    fn a_file_that_is_there_twice_is_refused() {
        let twice = [packed("vault.yaml", false, b"a"), packed("vault.yaml", false, b"b")];
        assert!(refusal(&written(&twice)).ends_with("which occurs twice"));
    }

    #[test]
    fn bombs_are_refused_before_they_are_read() {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.as_old_mut().name[..16].copy_from_slice(b"vault/vault.yaml");
        for (size, why) in [(caps::DOCUMENT + 1, "which is larger than 16 MiB"), (u64::MAX, "more than 4 GiB")] {
            header.set_size(size);
            header.set_cksum();
            let said = refusal(header.as_bytes());
            assert!(said.ends_with(why) || said.contains("overflow"), "{said}");
        }
        header.set_entry_type(EntryType::GNULongName);
        header.set_size(1 << 30);
        header.set_cksum();
        assert!(refusal(header.as_bytes()).ends_with("which is not a regular file"));
    }

    #[test]
    fn more_files_than_a_backup_may_have_are_refused() {
        let three = ["vault.yaml", "README.md", ".gitignore"].map(|path| packed(path, false, b"x"));
        let read = |files| {
            let mut found = 0;
            let outcome = read_within(Limits { files, ..LIMITS }, written(&three).as_slice(), |_| {
                found += 1;
                Ok::<(), ArchiveError>(())
            });
            (found, outcome.map_err(|error| error.to_string()))
        };
        assert_eq!(read(3), (3, Ok(())));
        assert_eq!(read(2), (2, Err("the archive has more than a million files".into())));
    }

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        let long = format!("params/{}/x.yaml", vec!["a".repeat(90); 8].join("/"));
        let files =
            [packed("vault.yaml", false, &[7; 513]), packed(&long, true, b"x"), packed("README.md", false, b"")];
        let write = |limits| {
            let mut writer = Writer::within(limits, Vec::new());
            files.iter().try_for_each(|file| writer.add(&file.path, file.is_executable, &file.bytes))?;
            writer.finish()
        };
        let bytes = written(&files).len() as u64;
        let (exact, all) = (Limits { files: 3, bytes }, |_| Ok::<(), ArchiveError>(()));
        let archive = write(exact).unwrap();
        read_within(exact, archive.as_slice(), all).unwrap();
        for less in [Limits { files: 2, ..exact }, Limits { bytes: bytes - 1, ..exact }] {
            assert!(matches!(write(less), Err(ArchiveError::Overfull(_))), "{less:?}");
        }
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        let archive = written(&[packed("vault.yaml", false, &[7; 5000])]);
        for length in [100, 512, 600, 5000] {
            assert!(matches!(read_all(&archive[..length]), Err(ArchiveError::Unreadable(_))), "{length}");
        }
    }

    proptest! {
        /// A short version of `fuzz/fuzz_targets/archive.rs`.
        #[test]
        fn only_files_of_a_vault_come_out_of_any_bytes(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let long = format!("params/{}/x.yaml", vec!["a".repeat(90); 8].join("/"));
            let mut bytes = written(&[packed("vault.yaml", false, b"format"), packed(&long, true, b"long")]);
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let length = bytes.len() - cut.index(bytes.len()) / 8;
            let mut files = Vec::new();
            let outcome = read(&bytes[..length], |packed| {
                files.push(packed);
                Ok::<(), ArchiveError>(())
            });
            prop_assert!(files.iter().all(|file| is_of_vault(&file.path) && file.bytes.len() <= bytes.len()));
            if outcome.is_ok() {
                prop_assert_eq!(read_all(&written(&files)).unwrap(), files);
            }
        }
    }
}
