//! What changes lead to, while the server goes on: events, copies in other vaults, commits, as after a command.

use std::io;
use std::sync::mpsc::channel;
use std::thread;

use crate::cli::context::Context;
use crate::engine::Vault;
use crate::serve::server::Server;

/// What the server says to this thread.
enum Said {
    /// A request has changed something.
    Changed(Box<Vault<'static>>),
    /// It has ended.
    Ended(io::Result<()>),
}

/// Serves on a thread of its own, and concludes each change on this one, one after the other, until the server ends.
pub(super) fn following(
    server: &Server,
    context: &mut Context,
    serve: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> io::Result<()> {
    let (say, said) = channel();
    for served in server.vaults() {
        let say = say.clone();
        // Whoever listens does so until the server has ended.
        served.when_changed(Box::new(move |vault| drop(say.send(Said::Changed(Box::new(vault))))));
    }
    thread::spawn(move || say.send(Said::Ended(serve())));
    let mut done = Ok(());
    while let Ok(said) = said.recv() {
        match said {
            Said::Changed(vault) => {
                context.move_time_on();
                context.conclude(&vault);
            }
            Said::Ended(outcome) => {
                done = outcome;
                break;
            }
        }
    }
    done
}
