//! Opening below a directory without ever leaving it or following a link.

#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, openat, statat};
use rustix::io::{Errno, retry_on_intr};

use crate::store::error::Problem;

#[derive(Debug)]
pub(super) struct Beneath {
    dir: OwnedFd,
    /// The kernel turned out not to have `openat2`.
    #[cfg(target_os = "linux")]
    walks: AtomicBool,
}

impl Beneath {
    pub(super) fn new(dir: OwnedFd) -> Self {
        Beneath {
            dir,
            #[cfg(target_os = "linux")]
            walks: AtomicBool::new(false),
        }
    }

    /// The directory itself.
    pub(super) fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }

    /// Opens something below, or the directory itself for an empty path.
    pub(super) fn open(&self, rel: &str, flags: OFlags) -> Result<OwnedFd, Problem> {
        if rel.is_empty() {
            return Ok(openat(&self.dir, ".", flags, Mode::empty())?);
        }
        check_inside(rel)?;
        self.resolve(rel, flags)
    }

    /// One call that lets the kernel resolve the whole path; some sandboxes deny it.
    #[cfg(target_os = "linux")]
    fn resolve(&self, rel: &str, flags: OFlags) -> Result<OwnedFd, Problem> {
        use rustix::fs::{ResolveFlags, openat2};
        const INSIDE: ResolveFlags =
            ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);
        if self.walks.load(Ordering::Relaxed) {
            return self.walk(rel, flags);
        }
        match retry_on_intr(|| openat2(&self.dir, rel, flags, Mode::empty(), INSIDE)) {
            Err(Errno::NOSYS) => {
                self.walks.store(true, Ordering::Relaxed);
                self.walk(rel, flags)
            }
            // A link where a directory is expected is reported as "not a directory"; the slow path finds out.
            Err(Errno::PERM | Errno::NOTDIR) => self.walk(rel, flags),
            opened => Ok(opened?),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn resolve(&self, rel: &str, flags: OFlags) -> Result<OwnedFd, Problem> {
        self.walk(rel, flags)
    }

    /// Directory by directory, each opened without following a link.
    pub(super) fn walk(&self, rel: &str, flags: OFlags) -> Result<OwnedFd, Problem> {
        let (parents, leaf) = place(rel);
        let mut dir: Option<OwnedFd> = None;
        for parent in parents.split('/').filter(|parent| !parent.is_empty()) {
            let at = dir.as_ref().map_or(self.dir.as_fd(), AsFd::as_fd);
            dir = Some(open_child(at, parent, THROUGH)?);
        }
        open_child(dir.as_ref().map_or(self.dir.as_fd(), AsFd::as_fd), leaf, flags)
    }
}

/// A directory on the way need not be readable if the system can traverse it.
#[cfg(target_os = "linux")]
const THROUGH: OFlags = OFlags::PATH.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW).union(OFlags::DIRECTORY);
#[cfg(not(target_os = "linux"))]
const THROUGH: OFlags = super::DIR_FLAGS;

/// Opens one component. `flags` hold `NOFOLLOW`.
pub(super) fn open_child(dir: BorrowedFd<'_>, name: &str, flags: OFlags) -> Result<OwnedFd, Problem> {
    match retry_on_intr(|| openat(dir, name, flags, Mode::empty())) {
        // With `DIRECTORY`, a link is reported as "not a directory".
        Err(Errno::NOTDIR) if is_symlink(dir, name) => Err(Problem::Symlink),
        opened => Ok(opened?),
    }
}

fn is_symlink(dir: BorrowedFd<'_>, name: &str) -> bool {
    statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}

/// Directory and leaf of a path.
pub(super) fn place(rel: &str) -> (&str, &str) {
    rel.rsplit_once('/').unwrap_or(("", rel))
}

/// Refuses paths that do not simply descend, no matter how the system would resolve them.
pub(super) fn check_inside(rel: &str) -> Result<(), Problem> {
    let plain = |component: &str| !matches!(component, "" | "." | "..") && !component.contains('\0');
    if rel.split('/').all(plain) { Ok(()) } else { Err(Problem::NotInside) }
}
