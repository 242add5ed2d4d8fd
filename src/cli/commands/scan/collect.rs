//! Where to search, and what was found there.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::cli::error::CliResult;
use crate::cli::git::entry::staged;
use crate::cli::git::{Git, Ignored};
use crate::cli::terminal::ui::Ui;
use crate::inject::scan::needles::{Needles, Trace};
use crate::inject::scan::search::Search;
use crate::inject::scan::tree;

/// Larger files are skipped, and reported.
pub(super) const LARGEST: u64 = 1 << 30;

/// What was searched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// A file of the work tree, a staged one, or a blob that is in some commit.
    File {
        /// Relative to the top of the repository, or to the directory that was given where there is none.
        path: String,
        /// The commit that introduced it.
        commit: Option<String>,
    },
    /// An object that no commit leads to, or a commit or tag with its message.
    Object {
        id: String,
        /// `blob`, `commit` or `tag`.
        kind: String,
    },
}

/// The occurrences of one text in one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    /// The first one: line and byte, from 1.
    pub(super) first: (u64, u64),
    /// How many there are.
    pub(super) count: usize,
}

/// What a scan has found so far.
pub(super) struct Scan<'a> {
    search: Search<'a>,
    vault: PathBuf,
    /// What the paths of files are relative to.
    top: PathBuf,
    pub(super) found: BTreeMap<(Source, Vec<Trace>), Places>,
    pub(super) files: usize,
    pub(super) bytes: u64,
    pub(super) too_large: Vec<String>,
    pub(super) unreadable: Vec<(String, String)>,
    pub(super) nested: Vec<String>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(needles: &'a Needles, vault: &Path) -> Self {
        Scan {
            search: Search::new(needles),
            vault: vault.to_owned(),
            top: PathBuf::new(),
            found: BTreeMap::new(),
            files: 0,
            bytes: 0,
            too_large: Vec::new(),
            unreadable: Vec::new(),
            nested: Vec::new(),
        }
    }

    /// Searches the files of a directory: in a git repository those that are not ignored, otherwise all.
    pub(super) fn tree(&mut self, directory: &Path, ignored: Ignored, ui: &mut Ui) -> CliResult<()> {
        let (top, files) = match Git::around(directory) {
            Ok(git) => (git.top().to_owned(), self.work_files(&git, ignored)?),
            Err(error) if error.is_without_repository() => {
                ui.detail("this is not a git repository, so every file is searched");
                let mut failed = Vec::new();
                let files = tree::files(directory, &mut |path, error| failed.push((path, error)));
                for (path, error) in failed {
                    self.unreadable.push((shown(&path, directory), error.to_string()));
                }
                (directory.to_owned(), files)
            }
            Err(error) => return Err(error.into()),
        };
        self.top = top;
        for path in files {
            self.file(&path);
            ui.progress("files", self.files);
        }
        ui.progress_done();
        Ok(())
    }

    pub(super) fn one(&mut self, file: &Path) {
        let directory = file.parent().unwrap_or(file);
        self.top = Git::around(directory).map_or_else(|_| directory.to_owned(), |git| git.top().to_owned());
        self.file(file);
    }

    fn work_files(&mut self, git: &Git, ignored: Ignored) -> CliResult<Vec<PathBuf>> {
        let files = git.work_files(ignored)?.into_iter().map(|path| git.top().join(path));
        let (nested, files): (Vec<_>, Vec<_>) = files.partition(|path| is_directory(path));
        self.nested.extend(nested.iter().map(|path| shown(path, git.top())));
        Ok(files)
    }

    fn file(&mut self, path: &Path) {
        let name = shown(path, &self.top);
        let read = tree::open(path).and_then(|opened| match opened {
            Some((mut file, size)) => self.read(&Source::File { path: name.clone(), commit: None }, size, &mut file),
            None => Ok(()),
        });
        match read {
            // Tracked, and removed from the work tree.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.unreadable.push((name, error.to_string())),
            Ok(()) => {}
        }
    }

    /// Searches what is staged for the next commit.
    pub(super) fn staged(&mut self, git: &Git) -> CliResult<()> {
        git.top().clone_into(&mut self.top);
        let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in staged(git)? {
            paths.entry(file.new).or_default().push(file.path);
        }
        let ids: Vec<&str> = paths.keys().map(String::as_str).collect();
        git.each_object(&ids, |object, content| {
            let path = paths.get(&object.id).and_then(|paths| paths.first()).cloned().unwrap_or_default();
            self.read(&Source::File { path, commit: None }, object.size, content)
        })?;
        self.repeat(&paths);
        Ok(())
    }

    /// Content that is staged under several paths is searched once.
    fn repeat(&mut self, paths: &BTreeMap<String, Vec<String>>) {
        for same in paths.values().filter(|same| same.len() > 1) {
            let is_first = |source: &Source| matches!(source, Source::File { path, .. } if *path == same[0]);
            let found: Vec<_> = self.found.iter().filter(|((source, _), _)| is_first(source)).collect();
            let found: Vec<_> =
                found.into_iter().map(|((_, traces), places)| (traces.clone(), places.clone())).collect();
            for path in &same[1..] {
                for (traces, places) in &found {
                    let source = Source::File { path: path.clone(), commit: None };
                    self.found.insert((source, traces.clone()), places.clone());
                }
            }
        }
    }

    /// Searches every object of the repository, each once, and then finds the commits that introduced them.
    pub(super) fn history(&mut self, git: &Git, ui: &mut Ui) -> CliResult<()> {
        git.top().clone_into(&mut self.top);
        let ids = git.every_object()?;
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        git.each_object(&ids, |object, content| {
            ui.progress("objects", self.files);
            self.read(&Source::Object { id: object.id.clone(), kind: object.kind.clone() }, object.size, content)
        })?;
        ui.progress_done();
        self.introduce(git)
    }

    /// Names objects by their paths and commits.
    fn introduce(&mut self, git: &Git) -> CliResult<()> {
        let id_of = |source: &Source| match source {
            Source::Object { id, .. } => Some(id.clone()),
            Source::File { .. } => None,
        };
        let ids: BTreeSet<String> = self.found.keys().filter_map(|(source, _)| id_of(source)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let introductions = git.introductions(&ids)?;
        for ((source, traces), places) in std::mem::take(&mut self.found) {
            let source = match id_of(&source).and_then(|id| introductions.get(&id)) {
                Some(came_in) => Source::File { path: came_in.path.clone(), commit: Some(came_in.commit.clone()) },
                None => source,
            };
            self.found.insert((source, traces), places);
        }
        Ok(())
    }

    /// Leaves out plain values in the vault's own files, where they are kept.
    pub(super) fn leave_out(&mut self, is_plain: impl Fn(&Trace) -> bool) {
        let is_own = |source: &Source| match source {
            Source::File { path, .. } => self.top.join(path).starts_with(&self.vault),
            Source::Object { .. } => false,
        };
        self.found.retain(|(source, traces), _| !(traces.iter().all(&is_plain) && is_own(source)));
    }

    /// Reads one thing to its end.
    fn read(&mut self, source: &Source, size: u64, content: &mut dyn Read) -> io::Result<()> {
        if size > LARGEST {
            self.too_large.push(source.to_string());
            return Ok(());
        }
        let found = &mut self.found;
        let bytes = self.search.read(content, &mut |hit| {
            let first = (hit.line, hit.column);
            let places = found.entry((source.clone(), hit.traces.to_vec())).or_insert(Places { first, count: 0 });
            places.count += 1;
        })?;
        self.files += 1;
        self.bytes += bytes;
        Ok(())
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::File { path, .. } => f.write_str(path),
            Source::Object { id, kind } => write!(f, "{kind} {id}"),
        }
    }
}

fn is_directory(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_dir())
}

fn shown(path: &Path, top: &Path) -> String {
    path.strip_prefix(top).unwrap_or(path).to_string_lossy().into_owned()
}
