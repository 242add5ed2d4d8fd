//! Bytes that were read and approved, made into a program that nobody can change before it runs.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A program for one run. It is removed on drop.
#[derive(Debug)]
pub(super) enum Image {
    /// A sealed file in memory.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has sealed files"))]
    Memory(OwnedFd),
    /// A private copy, where the system has no such files or forbids to run them.
    Copy(PathBuf),
}

impl Image {
    /// A program of exactly these bytes. `directory` is where a copy lies if one is needed.
    pub(super) fn of(content: &[u8], directory: &Path) -> io::Result<Image> {
        #[cfg(target_os = "linux")]
        if let Ok(file) = sealed(content) {
            return Ok(Image::Memory(file));
        }
        copy(content, directory)
    }

    /// The path by which the child runs it.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Image::Memory(file) => PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())),
            Image::Copy(path) => path.clone(),
        }
    }

    /// The descriptor that has to stay open in the child: the interpreter of a script opens the script once more.
    pub(super) fn descriptor(&self) -> Option<RawFd> {
        match self {
            Image::Memory(file) => Some(file.as_raw_fd()),
            Image::Copy(_) => None,
        }
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        if let Image::Copy(path) = self {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(target_os = "linux")]
fn sealed(content: &[u8]) -> io::Result<OwnedFd> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use rustix::io::Errno;
    const FLAGS: MemfdFlags = MemfdFlags::CLOEXEC.union(MemfdFlags::ALLOW_SEALING);
    // Linux 6.3 and later want to know that it will be executed; older kernels do not know the flag.
    let file = match memfd_create("hook", FLAGS | MemfdFlags::EXEC) {
        Err(Errno::INVAL) => memfd_create("hook", FLAGS)?,
        made => made?,
    };
    if !Path::new("/proc/self/fd").is_dir() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let mut file = fs::File::from(file);
    file.write_all(content)?;
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    fcntl_add_seals(&file, seals)?;
    Ok(file.into())
}

/// A copy that only this user can open, in a directory that only this user can enter.
fn copy(content: &[u8], directory: &Path) -> io::Result<Image> {
    crate::machine::private::create_directory(directory).map_err(io::Error::other)?;
    for attempt in 0..100 {
        let path = directory.join(format!(".run.{}-{attempt}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(0o700).open(&path) {
            Ok(mut file) => {
                let image = Image::Copy(path);
                file.write_all(content)?;
                return Ok(image);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_sealed_program_cannot_be_changed_by_anybody() {
        let file = fs::File::from(sealed(b"#!/bin/sh\n").unwrap());
        assert!((&file).write_all(b"x").is_err());
        assert!(file.set_len(0).is_err());
        let again = OpenOptions::new().write(true).open(Image::Memory(file.into()).path());
        assert!(again.is_err() || again.unwrap().write_all(b"x").is_err());
    }

    #[test]
    fn a_copy_runs_and_is_gone_afterwards() {
        let directory = tempfile::tempdir().unwrap();
        let private = directory.path().join("hooks");
        let image = copy(b"#!/bin/sh\nexit 7\n", &private).unwrap();
        let path = image.path();
        let code = loop {
            match Command::new(&path).status() {
                // A child that another test is just starting has the file open for writing.
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
                ended => break ended.unwrap().code(),
            }
        };
        assert_eq!(code, Some(7));
        drop(image);
        assert!(!path.exists());
    }
}
