//! A change of the vault in progress: the only place that replaces, reads back, remembers and reports.
//!
//! It holds the lock of the files, the time of the change and, if keys are wrapped, which recipients this machine
//! allows. Documents are put on a list and published in order (FORMAT.md, writing); what was put but not published is
//! discarded.

use std::collections::HashMap;
use std::ops::Deref;
use std::time::Duration;

use super::access::Outcome;
use super::document::Document;
use super::error::{Error, Result};
use super::events::{Before, Passed};
use super::loaded::Loaded;
use super::subject::Subject;
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::crypto::recipient::RecipientPolicy;
use crate::format::caps;
use crate::format::path::{announced, gone_path, trust_path};
use crate::machine::Mark;
use crate::model::format::Format;
use crate::model::head::Head;
use crate::model::key::KeyDocument;
use crate::model::name::SecretName;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::{Change, Directory, Expect, Lock, Problem, StoreError, Unpublished};

/// How long a writer waits for another one.
const LOCK_WAIT: Duration = Duration::from_secs(30);
/// How many bytes are published together. A file system that gives no file the place of one that has just gone searches
/// longer the more of them there are, so new files are best all written before the first old one goes.
const PUBLISHED_AT_ONCE: usize = 64 << 20;

/// A change in progress. Reads go to the vault, and see what was published.
pub(super) struct Writing<'v, 'a> {
    vault: &'v Vault<'a>,
    change: Box<dyn Change + 'v>,
    now: Timestamp,
    policy: Option<&'v RecipientPolicy>,
    /// What was put but not yet published, by path.
    waiting: HashMap<String, Waiting>,
    /// Hints that become wrong because of what was put.
    stale_hints: Vec<String>,
    size: usize,
}

/// A file that waits to be published.
#[derive(Default)]
struct Waiting {
    hash: [u8; 32],
    /// What this machine remembers about it.
    mark: Option<Mark>,
    /// What it is, for observers.
    subject: Option<Subject>,
    /// What has changed, for events.
    passed: Option<Passed>,
    /// The name of a secret that has copies.
    replicated: Option<SecretName>,
}

impl<'a> Vault<'a> {
    /// Begins a change once no other writer is active, and ensures that the trust chain is still the one that was
    /// verified.
    pub(super) fn writing(&self, now: Timestamp) -> Result<Writing<'_, 'a>> {
        let writing = self.writing_in_any_format(now)?;
        self.reported(|| self.require_current_format())?;
        Ok(writing)
    }

    /// The same for a vault of an older format.
    pub(super) fn writing_in_any_format(&self, now: Timestamp) -> Result<Writing<'_, 'a>> {
        self.reported(|| self.require_complete_trust())?;
        let writing = self.writing_on_any_chain(now)?;
        self.reported(|| {
            let has_moved = self.files.exists(&trust_path(self.trust().rev + 1))?;
            if has_moved { Err(Error::TrustMoved) } else { Ok(()) }
        })?;
        Ok(writing)
    }

    /// A vault of an older format is only read: an admin upgrades it.
    pub(super) fn require_current_format(&self) -> Result<()> {
        if self.trust().format < Format::CURRENT { Err(Error::OldVault) } else { Ok(()) }
    }

    /// Reports a change that is refused before it names a document.
    fn reported<T>(&self, begin: impl FnOnce() -> Result<T>) -> Result<T> {
        let begun = begin();
        if begun.is_err() {
            self.report_failure(Subject::file("vault"), Outcome::of(&begun));
        }
        begun
    }

    /// Begins a change of members or keys. Key documents that were read before are read again.
    pub(super) fn administering<'v>(&'v self, policy: &'v RecipientPolicy, now: Timestamp) -> Result<Writing<'v, 'a>> {
        Ok(Writing { policy: Some(policy), ..self.administering_without_wraps(now)? })
    }

    /// Begins a change that only an admin may make, of neither members nor keys.
    pub(super) fn writing_as_admin(&self, now: Timestamp) -> Result<Writing<'_, 'a>> {
        self.reported(|| self.require_admin())?;
        self.writing(now)
    }

    /// The same, if nothing is wrapped.
    pub(super) fn administering_without_wraps(&self, now: Timestamp) -> Result<Writing<'_, 'a>> {
        self.reported(|| self.require_admin())?;
        let mut writing = self.writing(now)?;
        self.keys.clear();
        writing.destroy_due_keys()?;
        Ok(writing)
    }

    /// Begins a change that replaces the trust chain itself.
    pub(super) fn writing_on_any_chain(&self, now: Timestamp) -> Result<Writing<'_, 'a>> {
        let change = self.reported(|| self.files.begin(LOCK_WAIT).map_err(not_begun))?;
        let (waiting, stale_hints) = (HashMap::new(), Vec::new());
        Ok(Writing { vault: self, change, now, policy: None, waiting, stale_hints, size: 0 })
    }
}

/// Takes the lock of a vault's directory, waiting for another writer.
pub(super) fn lock(directory: &Directory) -> Result<Lock> {
    directory.lock(LOCK_WAIT).map_err(not_begun)
}

fn not_begun(error: StoreError) -> Error {
    match error.problem {
        Problem::Busy => Error::Busy,
        Problem::Moved => Error::Moved,
        _ => error.into(),
    }
}

impl<'a> Deref for Writing<'_, 'a> {
    type Target = Vault<'a>;

    fn deref(&self) -> &Vault<'a> {
        self.vault
    }
}

impl Writing<'_, '_> {
    /// The time of this change.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Which recipients keys may be wrapped for.
    pub(super) fn policy(&self) -> Result<&RecipientPolicy> {
        self.policy.ok_or(Error::Internal("a key is wrapped by a change that knows no recipients"))
    }

    /// Replaces the document that was read with its next revision. Returns it with its head.
    pub(super) fn put<D: Document>(&mut self, before: Option<&Loaded<D>>, document: D) -> Result<D> {
        let head = before.map(|before| before.document.head());
        let was_deleted = before.is_some_and(|before| before.document.is_deleted());
        let known = Before::of(before.map(|before| &before.document));
        self.put_after(head, Loaded::expected(before), (was_deleted, known), document)
    }

    /// Replaces whatever is there with a document, with a revision above its own and everything seen.
    pub(super) fn put_above<D: Document>(&mut self, document: D) -> Result<D> {
        let head = document.head().clone();
        self.put_after(Some(&head), Expect::Any, (true, Before::Unknown), document)
    }

    fn put_after<D: Document>(
        &mut self,
        before: Option<&Head>,
        expect: Expect,
        (was_deleted, known): (bool, Before),
        mut document: D,
    ) -> Result<D> {
        let path = document.path()?;
        document.drop_outdated();
        let extra = std::mem::take(&mut document.head_mut().extra);
        *document.head_mut() = Head { extra, ..self.next_head(before, &path, self.now)? };
        let bytes = self.signed(&path, &document)?;
        self.put_with_hint(&path, bytes, expect, was_deleted, &document);
        if let Some(waiting) = self.waiting.get_mut(&path) {
            waiting.passed = Passed::of(&path, known, &document);
        }
        Ok(document)
    }

    /// Puts an already signed document from a merge. It is not remembered as seen: if the merge is aborted, it never
    /// existed.
    pub(super) fn put_merged<D: Document>(&mut self, path: &str, bytes: Vec<u8>, document: &D) {
        self.put_with_hint(path, bytes, Expect::Any, true, document);
        if let Some(waiting) = self.waiting.get_mut(path) {
            waiting.mark = None;
        }
    }

    /// Puts a document, and keeps the hint for listings beside it. The hint goes before what is about to become a
    /// tombstone: a crash in between leaves an extra hint, which costs a listing one read.
    fn put_with_hint<D: Document>(
        &mut self,
        path: &str,
        bytes: Vec<u8>,
        expect: Expect,
        was_deleted: bool,
        document: &D,
    ) {
        let hint = gone_path(path);
        if document.is_deleted() {
            self.stale_hints.retain(|stale| *stale != hint);
            self.put_file(&hint, Vec::new(), Expect::Any);
        }
        let (id, rev, hash) = (document.id(), document.head().rev, sha256(&bytes));
        self.put_file(path, bytes, expect);
        if let Some(waiting) = self.waiting.get_mut(path) {
            waiting.mark = Some(Mark { id, rev, hash, path: path.to_owned() });
            waiting.replicated = document.replicated().cloned();
            waiting.subject = self.vault.ledger.is_observed().then(|| Subject::of(&document.clone().into()));
        }
        if was_deleted && !document.is_deleted() {
            self.stale_hints.push(hint);
        }
    }

    /// Puts a signed document that has no revisions.
    pub(super) fn put_body(&mut self, path: &str, body: &str, expect: Expect) -> Result<()> {
        let bytes = self.signed_body(path, body)?;
        self.put_file(path, bytes, expect);
        Ok(())
    }

    /// Puts a file as it is.
    pub(super) fn put_file(&mut self, path: &str, bytes: Vec<u8>, expect: Expect) {
        self.waiting.insert(path.to_owned(), Waiting { hash: sha256(&bytes), ..Waiting::default() });
        self.size += bytes.len();
        self.change.put(path, bytes, expect);
    }

    /// Removes a file.
    pub(super) fn remove_file(&mut self, path: &str) {
        self.change.remove(path, Expect::Any);
    }

    /// Publishes what was put, if it has become large.
    pub(super) fn publish_some(&mut self) -> Result<()> {
        if self.size >= PUBLISHED_AT_ONCE { self.publish() } else { Ok(()) }
    }

    /// Publishes what was put, reads it back, and records it for this machine, for the user and for git. Then it seals changed values anew
    /// for those with whom they are shared: no path passes by here.
    pub(super) fn publish(&mut self) -> Result<()> {
        let changed = self.publish_listed()?;
        self.renew_shares_of(&changed);
        Ok(())
    }

    /// The same without the shares. Returns the parameters and secrets that were published.
    pub(super) fn publish_listed(&mut self) -> Result<Vec<(Kind, String)>> {
        self.report_waiting()?;
        self.size = 0;
        // At the end of the list: one that cannot be removed does not stop the rest from being published.
        for hint in self.stale_hints.drain(..) {
            self.change.remove(&hint, Expect::Any);
        }
        let (published, failure) = match self.change.publish() {
            Ok(published) => (published, None),
            Err(Unpublished { published, error }) => (published, Some(error)),
        };
        let mut waiting = std::mem::take(&mut self.waiting);
        let mut all = Vec::new();
        for path in published {
            let Some(Waiting { hash, mark, passed, replicated, .. }) = waiting.remove(&path) else { continue };
            let is_hint = announced(&path).is_some();
            if !is_hint && self.files.read(&path, caps::DOCUMENT)?.is_none_or(|bytes| sha256(&bytes) != hash) {
                return Err(Error::ReadBack(path));
            }
            if let Some(mark) = mark {
                self.record_written(mark);
            }
            all.extend(passed);
            self.ledger.record_replicated(replicated);
            if !is_hint {
                self.ledger.record_write(path);
            }
        }
        let changed = all.iter().filter_map(Passed::changed).collect();
        self.raise(all, self.now);
        let Some(error) = failure else { return Ok(changed) };
        for (path, Waiting { subject, .. }) in waiting.into_iter().filter(|(path, _)| announced(path).is_none()) {
            let subject = subject.unwrap_or_else(|| Subject::file(&path));
            self.report_failure(subject, Outcome::Failed(error.to_string()));
        }
        // A leftover hint is harmless, so a failure is not an error.
        let is_leftover_hint = error.verb == crate::store::Verb::Remove && announced(&error.path).is_some();
        if is_leftover_hint { Ok(changed) } else { Err(error.into()) }
    }

    /// Reports what is about to be published. If this process is killed after that, there is a report of a change that was
    /// not made, but never a change without a report.
    fn report_waiting(&self) -> Result<()> {
        let mut waiting: Vec<_> = self.waiting.iter().filter(|(path, _)| announced(path).is_none()).collect();
        waiting.sort_unstable_by_key(|(path, _)| *path);
        for (path, Waiting { subject, .. }) in waiting {
            self.report_change(subject.clone().unwrap_or_else(|| Subject::file(path)), Outcome::Done)?;
        }
        self.settle_log()
    }

    /// Writes the next revision of a key's document. One that lacks a version which the trust chain lists is from before
    /// that was added, and is not built upon.
    pub(super) fn put_key(&mut self, document: KeyDocument) -> Result<()> {
        if self.trust().key(&document.name).is_some() {
            self.require_every_wrap(&document)?;
        }
        let before = document.head.clone();
        self.put_after(Some(&before).filter(|head| head.rev > 0), Expect::Any, (false, Before::Unknown), document)?;
        self.publish()?;
        self.keys.clear();
        Ok(())
    }

    /// Removes what killed writers left in a directory long ago.
    pub(super) fn sweep(&mut self, directory: &str, age: Duration) -> Result<usize> {
        Ok(self.change.sweep(directory, self.now, age)?)
    }
}
