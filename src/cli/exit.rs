//! The exit codes of the program, each with its one meaning.

/// How the process ends when a command has failed; the worse of two is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Nothing of what follows.
    Other,
    /// The command line, or a value on it, makes no sense.
    Usage,
    /// Something that was named is not there.
    NotFound,
    /// Something is there already, or somebody else was faster.
    Conflict,
    /// There is no identity, or it is not a recipient.
    Locked,
    /// Something is damaged, or was tampered with.
    Tampered,
    /// A rule refuses it.
    Refused,
    /// A check found something.
    Check,
    Hook,
    /// Input is needed, and there is no terminal to prompt on.
    Input,
    /// `exec` failed before there was a program.
    BeforeExec,
    /// Ctrl-C.
    Interrupted,
    /// The code of a program, which `exec` passes on.
    OfProgram(u8),
}

impl Exit {
    /// The number that the caller sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Other => 1,
            Exit::Usage => 2,
            Exit::NotFound => 3,
            Exit::Conflict => 4,
            Exit::Locked => 5,
            Exit::Tampered => 6,
            Exit::Refused => 7,
            Exit::Check => 8,
            Exit::Hook => 9,
            Exit::Input => 10,
            Exit::BeforeExec => 125,
            Exit::Interrupted => 130,
            Exit::OfProgram(code) => code,
        }
    }
}
