//! The lines of a log: all of them, or the first and the last one of a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::super::private::{self, PrivateError};
use super::segments::segments;

/// The longest line of a log.
const LONGEST_LINE: u64 = 16 << 10;

/// Calls `visit` with every line of a log, the oldest first, without its line feed.
pub(super) fn each_line(log: &Path, mut visit: impl FnMut(&[u8])) -> Result<(), PrivateError> {
    segments(log)?.iter().try_for_each(|path| each_line_of(path, private::open_memory(path)?, &mut visit))
}

/// The same for the rest of an open file. A line that is too long is an error.
pub(super) fn each_line_of(path: &Path, file: File, mut visit: impl FnMut(&[u8])) -> Result<(), PrivateError> {
    let failed = |source| PrivateError::Io { verb: "read", path: path.to_owned(), source };
    let (mut file, mut line) = (BufReader::with_capacity(1 << 20, file), Vec::new());
    loop {
        line.clear();
        file.by_ref().take(LONGEST_LINE + 1).read_until(b'\n', &mut line).map_err(failed)?;
        match line.pop() {
            Some(b'\n') => visit(&line),
            Some(_) if line.len() as u64 >= LONGEST_LINE => return Err(failed(io::ErrorKind::InvalidData.into())),
            // The end of a log that is being written or was torn: whoever appends next removes it.
            None | Some(_) => return Ok(()),
        }
    }
}

/// Where the last whole line of a file ends, and that line.
pub(in crate::machine) fn last_line(file: &File, end: u64) -> io::Result<(u64, Option<Vec<u8>>)> {
    // Nearly all lines are short.
    for reach in [LONGEST_LINE / 16, 2 * LONGEST_LINE + 2] {
        let start = end.saturating_sub(reach);
        let mut tail = vec![0; usize::try_from(end - start).unwrap_or(0)];
        file.read_exact_at(&mut tail, start)?;
        // `memchr` would first ask the processor for its features, which takes longer than this.
        let mut feeds = (0..tail.len()).rev().filter(|at| tail[*at] == b'\n');
        let (last, before) = (feeds.next(), feeds.next().map(|before| before + 1));
        match (last, before.or((start == 0).then_some(0))) {
            (Some(last), Some(first)) => return Ok((start + last as u64 + 1, Some(tail[first..last].to_vec()))),
            (None, Some(_)) => return Ok((0, None)),
            (_, None) => {}
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

/// The first line of a file, without its line feed.
pub(super) fn first_line(file: &File) -> io::Result<Vec<u8>> {
    let mut head = vec![0; 1024];
    let mut length = 0;
    while length < head.len() {
        match file.read_at(&mut head[length..], length as u64)? {
            0 => break,
            more => length += more,
        }
    }
    head.truncate(head[..length].iter().position(|byte| *byte == b'\n').unwrap_or(length));
    Ok(head)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_last_line_is_found_however_long_it_is() {
        let home = tempfile::tempdir().unwrap();
        let last = |text: &str| {
            fs::write(home.path().join("log"), text).unwrap();
            last_line(&File::open(home.path().join("log")).unwrap(), text.len() as u64)
        };
        assert_eq!(last("").unwrap(), (0, None));
        assert_eq!(last("torn").unwrap(), (0, None));
        assert_eq!(last("one\n").unwrap(), (4, Some(b"one".to_vec())));
        for length in [1, 1022, 1023, 1024, 1025, 16_000] {
            let line = "x".repeat(length);
            let text = format!("{}\n{line}\n", "before".repeat(9000));
            let end = text.len() as u64;
            assert_eq!(last(&text).unwrap(), (end, Some(line.clone().into_bytes())), "{length}");
            assert_eq!(last(&format!("{text}torn{line}")).unwrap(), (end, Some(line.into_bytes())), "{length}");
        }
        assert!(last(&"x".repeat(40_000)).is_err());
    }
}
