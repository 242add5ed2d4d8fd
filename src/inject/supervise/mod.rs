//! A supervised program: its output is masked, its time limited, signals are forwarded, and it is restarted when values
//! change.
//!
//! Where this process has a controlling terminal, the program shares its process group: Ctrl-C, Ctrl-Z and `fg` reach
//! both, as they would reach the program alone, and a pager beside it keeps the terminal. A signal sent by the terminal
//! is therefore not forwarded; one that another process sent to this one is. Without a terminal the program gets a
//! group of its own, all of which ends with it when it takes too long or is started again.
//!
//! This process does what the program does: it stops when the program stops, and ends with its code, or with 128 and the
//! number of the signal that ended it.

mod child;
mod feed;
mod flow;
mod incoming;
mod observer;
mod outputs;
mod program;
mod supervision;
mod terminal;

pub(crate) use self::incoming::Incoming;
pub(crate) use self::observer::{Notice, Observer};
pub(crate) use self::outputs::Masked;
pub(crate) use self::program::{Launch, OnChange, Program, Settings};
pub(crate) use self::supervision::supervise;
