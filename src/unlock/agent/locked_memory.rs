//! Memory for the one secret that an agent holds: separate pages, kept out of swap, core files and forks, and wiped.

use std::ffi::c_void;
use std::io::{self, Read};
use std::ptr::{self, NonNull};

use rustix::mm::{MapFlags, ProtFlags, mlock, mmap_anonymous, munmap};
use zeroize::Zeroize;

use super::lease::HELD_LIMIT;

/// Up to [`HELD_LIMIT`] bytes. Locking is best effort: if the system has no room for it, the other protections still
/// apply.
pub(crate) struct LockedMemory {
    start: NonNull<u8>,
    length: usize,
}

#[expect(unsafe_code, reason = "the pages belong to this value alone and are not tied to a thread")]
// SAFETY: nothing else points into the mapping, and it may be unmapped by any thread.
unsafe impl Send for LockedMemory {}

impl LockedMemory {
    /// Reads a secret to its end, straight into the pages. It is an error if it is empty or does not fit.
    pub(crate) fn read_from(mut source: impl Read) -> io::Result<LockedMemory> {
        let mut locked_memory = LockedMemory::new()?;
        loop {
            let length = locked_memory.length;
            match source.read(&mut locked_memory.all()[length..]) {
                Ok(0) if length == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                // A full buffer also reads zero bytes, whether or not there is more.
                Ok(0) if length == HELD_LIMIT => return Err(io::ErrorKind::FileTooLarge.into()),
                Ok(0) => return Ok(locked_memory),
                Ok(more) => locked_memory.length += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The secret.
    pub(crate) fn bytes(&self) -> &[u8] {
        #[expect(unsafe_code, reason = "a slice of pages that were mapped by hand")]
        // SAFETY: `length` bytes from `start` are mapped and initialised (fresh pages are zero) as long as `self` lives.
        unsafe {
            std::slice::from_raw_parts(self.start.as_ptr(), self.length)
        }
    }

    fn new() -> io::Result<LockedMemory> {
        #[expect(unsafe_code, reason = "pages of their own can be had from the system only")]
        // SAFETY: the system chooses the address, so no existing mapping is replaced.
        let start = unsafe {
            mmap_anonymous(ptr::null_mut(), HELD_LIMIT, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE)?
        };
        keep_in_memory(start);
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(LockedMemory { start, length: 0 })
    }

    fn all(&mut self) -> &mut [u8] {
        #[expect(unsafe_code, reason = "a slice of pages that were mapped by hand")]
        // SAFETY: the whole mapping is initialised, and `self` is borrowed for as long as the slice lives.
        unsafe {
            std::slice::from_raw_parts_mut(self.start.as_ptr(), HELD_LIMIT)
        }
    }
}

fn keep_in_memory(start: *mut c_void) {
    #[expect(unsafe_code, reason = "advice on pages that were mapped by hand")]
    // SAFETY: the range is one mapping that was just made. No advice here changes its content in this process.
    unsafe {
        let _ = mlock(start, HELD_LIMIT);
        #[cfg(any(target_os = "linux", target_os = "android"))]
        for advice in [rustix::mm::Advice::LinuxDontDump, rustix::mm::Advice::LinuxWipeOnFork] {
            let _ = rustix::mm::madvise(start, HELD_LIMIT, advice);
        }
    }
}

impl Drop for LockedMemory {
    fn drop(&mut self) {
        self.all().zeroize();
        #[expect(unsafe_code, reason = "the pages were mapped by hand")]
        // SAFETY: the mapping was made by `new`, and no slice of it exists any more.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), HELD_LIMIT) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_held_and_what_does_not_is_refused() {
        assert_eq!(LockedMemory::read_from(&b"AGE-SECRET-KEY-1"[..]).unwrap().bytes(), b"AGE-SECRET-KEY-1");
        assert_eq!(LockedMemory::read_from(&vec![7; HELD_LIMIT - 1][..]).unwrap().bytes().len(), HELD_LIMIT - 1);
        for wrong in [vec![], vec![7; HELD_LIMIT], vec![7; HELD_LIMIT + 1]] {
            assert!(LockedMemory::read_from(&wrong[..]).is_err(), "{}", wrong.len());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_pages_are_locked_and_left_out_of_dumps_and_forks() {
        let locked_memory = LockedMemory::read_from(&b"secret"[..]).unwrap();
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let address = locked_memory.bytes().as_ptr() as usize;
        let is_header = |line: &str| line.split_once(' ').is_some_and(|(range, _)| range.contains('-'));
        let holds = |line: &str| {
            let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let edge = |text| usize::from_str_radix(text, 16).unwrap();
            (edge(start)..edge(end)).contains(&address)
        };
        let mapping = maps.lines().skip_while(|line| !is_header(line) || !holds(line));
        let flags = mapping.skip(1).find(|line| line.starts_with("VmFlags:")).unwrap();
        for flag in [" dd", " wf", " lo"] {
            assert!(flags.contains(flag), "{flag} in {flags}");
        }
    }
}
