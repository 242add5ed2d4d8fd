//! The log of requests, written by a thread of its own: a reader of stderr that is slow does not keep the server from answering.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use clap::ValueEnum;

use crate::cli::terminal::ui;
use crate::serve::log::Entry;
use crate::serve::log::Log;

/// How many lines may wait. What comes while they do is not logged.
const WAITING: usize = 4096;
/// How many bytes are written at once.
const BLOCK: usize = 16 << 10;

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogForm {
    /// A line for people
    Text,
    /// A JSON object for each request
    Json,
    /// No log
    Off,
}

/// What logs requests.
pub(super) fn logger(form: LogForm) -> Log {
    let line: fn(&Entry<'_>) -> String = match form {
        LogForm::Off => return Arc::new(|_| {}),
        LogForm::Text => |entry| entry.to_string(),
        LogForm::Json => |entry| serde_json::to_string(entry).unwrap_or_default(),
    };
    let (sender, lines) = sync_channel(WAITING);
    thread::spawn(move || write(&lines));
    Arc::new(move |entry| drop(sender.try_send(line(entry))))
}

fn write(lines: &Receiver<String>) {
    while let Ok(mut block) = lines.recv() {
        while block.len() < BLOCK
            && let Ok(line) = lines.try_recv()
        {
            block.push('\n');
            block += &line;
        }
        ui::print_fatal(&block);
    }
}
