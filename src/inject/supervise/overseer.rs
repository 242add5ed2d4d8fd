//! Who is told of a run, and who knows new values.

use super::program::Launch;

/// What a person should know of a run.
#[derive(Debug)]
pub enum Notice {
    /// The time was up; the program was asked to end.
    TimedOut,
    /// It did not end within the grace period and was killed.
    Killed,
    /// Something that the program started still holds its output, which nobody reads any more.
    HeldOpen,
    /// Its output could not be passed on.
    OutputFailed(std::io::Error),
}

/// Who is told, and who knows new values.
pub trait Overseer {
    /// Something happened.
    fn tell(&mut self, notice: Notice);

    /// Called about once a second if [`Overseer::watches`]: what the program gets now, if that has changed.
    fn look(&mut self) -> Option<Launch>;

    /// Whether values are watched.
    fn watches(&self) -> bool;
}
