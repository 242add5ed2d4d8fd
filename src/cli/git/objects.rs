//! Contents of a repository: objects one after the other, files of the work tree, and which commit introduced an
//! object.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Stdio;

use super::cat_file::Stopped;
use super::entry::records;
use super::error::GitError;
use super::program::Git;

/// An object of git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) id: String,
    /// `blob`, `commit`, `tag` or `tree`.
    pub(crate) kind: String,
    /// Its size in bytes.
    pub(crate) size: u64,
}

/// Where an object was introduced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Introduction {
    /// The oldest commit that has it.
    pub(crate) commit: String,
    /// Its path there.
    pub(crate) path: String,
}

/// What git ignores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ignored {
    /// Skipped, unless it is tracked.
    Skipped,
    /// Included.
    Included,
}

impl Git {
    /// The top directory of the work tree.
    pub(crate) fn top(&self) -> &std::path::Path {
        &self.top
    }

    /// Files of the work tree below the given directory: tracked and untracked ones. Relative to
    /// the top, sorted. A nested repository is a single entry that ends with a slash.
    pub(crate) fn work_files(&self, ignored: Ignored) -> Result<Vec<PathBuf>, GitError> {
        let below = format!(":(literal,top){}", self.prefix.trim_end_matches('/'));
        let mut arguments = vec!["ls-files", "-z", "--cached", "--others"];
        if ignored == Ignored::Skipped {
            arguments.push("--exclude-standard");
        }
        if !self.prefix.is_empty() {
            arguments.extend(["--", &below]);
        }
        let listed = self.run(&arguments)?;
        // A file in conflict is listed once for each side.
        let paths: BTreeSet<&[u8]> = records(&listed).collect();
        Ok(paths.into_iter().map(|path| PathBuf::from(OsStr::from_bytes(path))).collect())
    }

    /// Every object of the repository, reachable or not, except trees.
    pub(crate) fn every_object(&self) -> Result<Vec<String>, GitError> {
        let mut ids = Vec::new();
        let arguments = ["cat-file", "--batch-all-objects", "--unordered", "--batch-check"];
        self.each_field(&arguments, b'\n', |line| {
            if let [id, "blob" | "commit" | "tag", _] = line.split(' ').collect::<Vec<_>>()[..] {
                ids.push(id.to_owned());
            }
        })?;
        Ok(ids)
    }

    /// Passes on the contents of objects, in order, as git prints them: none is held in memory. A missing one is
    /// skipped. What is left unread of a large one is never read.
    pub(crate) fn each_object(
        &self,
        ids: &[&str],
        mut visit: impl FnMut(&Object, &mut dyn Read) -> io::Result<()>,
    ) -> Result<(), GitError> {
        let mut left = ids;
        while !left.is_empty() {
            left = self.objects_of_one_run(left, &mut visit)?;
        }
        Ok(())
    }

    /// The same, up to an object that is not worth reading to its end. Returns the objects after it.
    fn objects_of_one_run<'i>(
        &self,
        ids: &'i [&'i str],
        visit: &mut impl FnMut(&Object, &mut dyn Read) -> io::Result<()>,
    ) -> Result<&'i [&'i str], GitError> {
        let wrong = || GitError::Answer("cat-file");
        let mut command = self.command(&["cat-file", "--batch", "--buffer"]);
        command.env("GIT_NO_LAZY_FETCH", "1");
        let mut child = Stopped(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
        let (stdin, stdout) = (child.0.stdin.take(), child.0.stdout.take().ok_or_else(wrong)?);
        let text: Vec<u8> = ids.iter().flat_map(|id| [id.as_bytes(), b"\n"].concat()).collect();
        // In a separate thread: git answers while it is still reading. If it did not read everything, it has reported why.
        std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&text)));
        let mut answers = BufReader::with_capacity(256 << 10, stdout);
        let mut head = Vec::new();
        for answered in 1.. {
            head.clear();
            if answers.read_until(b'\n', &mut head)? == 0 {
                break;
            }
            if let Some(object) = object(&head).ok_or_else(wrong)? {
                let mut content = answers.by_ref().take(object.size);
                visit(&object, &mut content)?;
                if content.limit() > SKIPPED {
                    return Ok(ids.get(answered..).unwrap_or_default());
                }
                io::copy(&mut content, &mut io::sink())?;
                // The line feed after it.
                answers.read_exact(&mut [0])?;
            }
        }
        if child.0.wait()?.success() { Ok(&[]) } else { Err(wrong()) }
    }

    /// Where objects were introduced, if they are reachable from a branch, a tag, the stash or a reflog. One pass over
    /// the history, no matter how many there are.
    pub(crate) fn introductions(&self, ids: &BTreeSet<String>) -> Result<BTreeMap<String, Introduction>, GitError> {
        let mut arguments = vec!["log", "--all", "--reflog", "--reverse", "--topo-order", "--root"];
        arguments.extend(["--diff-merges=separate", "--no-show-signature", "--no-color", "--format=%H"]);
        arguments.extend(["--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=AMT", "--"]);
        let (mut found, mut commit, mut changed) = (BTreeMap::new(), String::new(), None);
        self.each_field(&arguments, 0, |field| {
            // A commit is one field, a change two: `:100644 100644 <old> <new> M`, and the path.
            if let Some(id) = changed.take() {
                if ids.contains(&id) {
                    let introduction = Introduction { commit: commit.clone(), path: field.to_owned() };
                    found.entry(id).or_insert(introduction);
                }
            } else if let Some(change) = field.trim_start().strip_prefix(':') {
                changed = Some(change.split(' ').nth(3).unwrap_or_default().to_owned());
            } else if !field.trim().is_empty() {
                field.trim().clone_into(&mut commit);
            }
        })?;
        Ok(found)
    }

    /// Passes on git's output piece by piece: an answer about a whole history is large.
    fn each_field(&self, arguments: &[&str], end: u8, mut visit: impl FnMut(&str)) -> Result<(), GitError> {
        let wrong = || GitError::Answer("log");
        let mut command = self.command(arguments);
        // Objects missing in a partial clone are not fetched.
        command.env("GIT_NO_LAZY_FETCH", "1");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut answer = BufReader::with_capacity(256 << 10, child.stdout.take().ok_or_else(wrong)?);
        let mut field = Vec::new();
        while answer.read_until(end, &mut field)? > 0 {
            visit(&String::from_utf8_lossy(field.strip_suffix(&[end]).unwrap_or(&field)));
            field.clear();
        }
        if child.wait()?.success() { Ok(()) } else { Err(wrong()) }
    }
}

/// To skip more than this, git is started again.
const SKIPPED: u64 = 4 << 20;

/// Parses the line before an object: `<id> <kind> <size>`, or `<id> missing`, which is not an object. `None` for
/// anything else.
#[expect(clippy::option_option, reason = "no object and no answer are told apart right by the caller")]
fn object(head: &[u8]) -> Option<Option<Object>> {
    let line = std::str::from_utf8(head).ok()?.trim_end();
    match line.split(' ').collect::<Vec<_>>()[..] {
        [id, kind, size] => Some(Some(Object { id: id.to_owned(), kind: kind.to_owned(), size: size.parse().ok()? })),
        [_, "missing"] => Some(None),
        _ => None,
    }
}
