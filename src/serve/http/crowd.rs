//! The connections that use the API of AWS's extension and agent: it refuses more than so many, where others wait.

use std::cell::Cell;
use std::rc::Rc;

/// How many there are.
#[derive(Clone, Default)]
pub(super) struct Crowd(Rc<Cell<usize>>);

/// One of them, until it is dropped.
pub(super) struct Place {
    crowd: Crowd,
    /// How many there were when it came, with itself.
    pub(super) number: usize,
}

impl Crowd {
    pub(super) fn join(&self) -> Place {
        let number = self.0.get() + 1;
        self.0.set(number);
        Place { crowd: self.clone(), number }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.0.set(self.crowd.0.get() - 1);
    }
}
