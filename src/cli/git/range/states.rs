//! The states of documents that a range has, each read and verified once.

use std::collections::HashMap;
use std::rc::Rc;

use super::commits::Range;
use crate::cli::error::CliResult;
use crate::cli::git::cat_file::Objects;
use crate::cli::git::entry::listed;
use crate::cli::git::program::Git;
use crate::engine::{Chain, Error, HistoricDocument, Vault, VaultKeyError};
use crate::format::layout::Place;
use crate::format::path::decode_trust;
use crate::format::{FormatError, caps};
use crate::model::log_anchor::LogAnchor;
use crate::store::{Memory, Problem, StoreError, Verb};

/// A trust chain, and why it ends.
#[derive(Default)]
pub(super) struct Followed {
    pub(super) chain: Chain,
    pub(super) broken: Option<String>,
}

/// Why a state is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: String,
    pub(super) kind: RefusalKind,
}

/// What a refused state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefusalKind {
    /// What a merge leaves behind, which no reader accepts as a document.
    Leftover,
    /// Not a successor of the previous states: an older one, a different one with the same revision, or none.
    WentBack,
    /// Anything else that no reader accepts.
    Other,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let leftover = [FormatError::SecondTrailer, FormatError::ConflictMarks, FormatError::NoTrailer];
        let kind = match &error {
            Error::Format { error, .. } if leftover.contains(error) => RefusalKind::Leftover,
            Error::Rollback { .. }
            | Error::Fork { .. }
            | Error::Key(VaultKeyError::Outdated(..) | VaultKeyError::LostWrap(_)) => RefusalKind::WentBack,
            _ => RefusalKind::Other,
        };
        Refusal { reason: error.to_string(), kind }
    }
}

impl Refusal {
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Refusal { reason: reason.into(), kind: RefusalKind::Other }
    }

    pub(super) fn removed(path: &str) -> Self {
        Refusal { reason: format!("`{path}` was removed without a tombstone"), kind: RefusalKind::WentBack }
    }
}

/// A document, or why it is invalid.
pub(super) type StepVerdict = Result<Rc<HistoricDocument>, Refusal>;

/// An object at a path under a chain.
type At = (String, String, Option<[u8; 32]>);

pub(super) struct States<'a> {
    vault: &'a Vault<'a>,
    git: &'a Git,
    range: &'a Range,
    objects: Objects,
    chains: HashMap<Option<String>, Rc<Followed>>,
    known: HashMap<At, StepVerdict>,
}

impl<'a> States<'a> {
    pub(super) fn new(vault: &'a Vault<'a>, git: &'a Git, range: &'a Range) -> CliResult<Self> {
        let (chains, known) = (HashMap::new(), HashMap::new());
        Ok(States { vault, git, range, objects: Objects::of(git)?, chains, known })
    }

    /// The trust chain of a commit, verified from its genesis.
    pub(super) fn chain(&mut self, commit: Option<&str>) -> CliResult<Rc<Followed>> {
        let tree = commit.and_then(|commit| self.range.trees(commit).trust);
        if let Some(known) = self.chains.get(&tree) {
            return Ok(Rc::clone(known));
        }
        let followed = Rc::new(match &tree {
            None => Followed::default(),
            Some(tree) => self.followed(tree)?,
        });
        self.chains.insert(tree, Rc::clone(&followed));
        Ok(followed)
    }

    fn followed(&mut self, tree: &str) -> CliResult<Followed> {
        let mut files = listed(self.git, "ls-tree", &["-r", tree])?;
        for file in &mut files {
            file.path.insert_str(0, "trust/");
        }
        files.retain(|file| decode_trust(&file.path).is_some());
        let mut snapshots = Vec::with_capacity(files.len());
        for file in &files {
            let raw = self.objects.read(&file.id, caps::SMALL_DOCUMENT)?;
            snapshots.extend(raw.map(|raw| (file.path.clone(), raw)));
        }
        let (chain, error) = self.vault.chain_of(&Memory::new("tree", snapshots));
        let gap = (chain.snapshots().len() < files.len()).then(|| "a snapshot is missing".to_owned());
        let broken = error.or_else(|| self.vault.agrees_with(&chain).err()).map(|error| error.to_string()).or(gap);
        Ok(Followed { chain, broken })
    }

    /// What an object is at its path under a chain; `None` if no document belongs there.
    pub(super) fn state(&mut self, path: &str, mode: &str, id: &str, chain: &Chain) -> CliResult<Option<StepVerdict>> {
        if !mode.starts_with("100") {
            let problem = if mode == "120000" { Problem::Symlink } else { Problem::NotRegular };
            return Ok(Some(Err(Error::Store(StoreError::new(Verb::Read, path, problem)).into())));
        }
        if !Place::of(path).is_document() {
            return Ok(None);
        }
        let at = (path.to_owned(), id.to_owned(), chain.tip());
        if let Some(known) = self.known.get(&at) {
            return Ok(Some(known.clone()));
        }
        let judged = match self.objects.read(id, caps::DOCUMENT)? {
            None => Some(Err(Refusal::because(format!("`{path}`: {}", FormatError::TooLarge { cap: caps::DOCUMENT })))),
            Some(raw) => self.vault.document_in(chain, path, raw).map(|past| past.map(Rc::new).map_err(Refusal::from)),
        };
        self.known.extend(judged.clone().map(|judged| (at, judged)));
        Ok(judged)
    }

    /// The anchor in an object, or why it is none.
    pub(super) fn anchor(&mut self, path: &str, id: &str) -> CliResult<Result<LogAnchor, Refusal>> {
        let raw = self.objects.read(id, caps::SMALL_DOCUMENT)?.unwrap_or_default();
        Ok(self.vault.anchor_in(path, &raw).map_err(Refusal::from))
    }

    /// The content of a file that is not a document.
    pub(super) fn raw(&mut self, id: &str) -> CliResult<Vec<u8>> {
        Ok(self.objects.read(id, caps::DOCUMENT)?.unwrap_or_default())
    }
}
