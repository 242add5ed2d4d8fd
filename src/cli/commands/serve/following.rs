//! What changes lead to, while the server goes on: events, copies in other vaults, commits, as after a command.

use std::io;
use std::sync::mpsc::channel;
use std::thread;

use crate::cli::context::Context;
use crate::engine::Vault;
use crate::serve::server::Server;

/// What the server says to this thread.
enum Said {
    /// It accepts connections, and notices signals.
    Ready,
    /// A request has changed something.
    Changed(Box<Vault<'static>>),
    /// It has ended.
    Ended(io::Result<()>),
}

/// Calls back once connections are accepted and signals noticed.
pub(super) type Ready = Box<dyn FnOnce()>;

/// Serves on a thread of its own, announces that, and concludes each change on this one, one after the other, until the server ends.
pub(super) fn following(
    server: &Server,
    context: &mut Context,
    announce: impl FnOnce(&mut Context),
    serve: impl FnOnce(Ready) -> io::Result<()> + Send + 'static,
) -> io::Result<()> {
    let (say, said) = channel();
    for served in server.vaults() {
        let say = say.clone();
        // Whoever listens does so until the server has ended.
        served.when_changed(std::sync::Arc::new(move |vault| drop(say.send(Said::Changed(Box::new(vault))))));
    }
    thread::spawn(move || {
        let ready = say.clone();
        say.send(Said::Ended(serve(Box::new(move || drop(ready.send(Said::Ready))))))
    });
    let mut announce = Some(announce);
    let mut done = Ok(());
    while let Ok(said) = said.recv() {
        match said {
            Said::Ready => announce.take().into_iter().for_each(|announce| announce(context)),
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
