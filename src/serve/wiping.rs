//! Memory that is wiped when it is given back, in a process that serves: the libraries that read and write connections have copies of
//! values in buffers of their own, which nobody else wipes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether this process wipes. Until it serves, all that this costs is to look here.
static WIPES: AtomicBool = AtomicBool::new(false);

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

/// From now on, what is given back is wiped.
pub(super) fn begin() {
    WIPES.store(true, Ordering::Relaxed);
}

struct Wiping;

#[expect(unsafe_code, reason = "an allocator is unsafe by its nature")]
// SAFETY: every call is one of the system's allocator with the same arguments; memory is written only while the caller still owns it.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if WIPES.load(Ordering::Relaxed) {
            unsafe { memory.write_bytes(0, layout.size()) };
            // What is written to memory that nobody reads any more would be left out.
            std::hint::black_box(memory);
        }
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !WIPES.load(Ordering::Relaxed) {
            return unsafe { System.realloc(memory, layout, size) };
        }
        // The system would move it, and leave what was there.
        let moved = unsafe { System.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !moved.is_null() {
            unsafe {
                moved.copy_from_nonoverlapping(memory, layout.size().min(size));
                self.dealloc(memory, layout);
            }
        }
        moved
    }
}
