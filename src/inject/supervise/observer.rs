//! The observer of a run: it gets notices and provides new values.

use super::program::Launch;

/// What the user should know about a run.
#[derive(Debug)]
pub(crate) enum Notice {
    /// The program timed out and was asked to exit.
    TimedOut,
    /// It did not exit within the grace period and was killed.
    Killed,
    /// A child of the program still holds its output open, which is no longer read.
    HeldOpen,
    /// Its output could not be passed on.
    OutputFailed(std::io::Error),
}

/// Gets notices and provides new values.
pub(crate) trait Observer {
    /// Something happened.
    fn tell(&mut self, notice: Notice);

    /// Called about once a second if [`Observer::watches`]: returns what the program gets now, if that has changed.
    fn look(&mut self) -> Option<Launch>;

    /// Whether values are watched.
    fn watches(&self) -> bool;
}
