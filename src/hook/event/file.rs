//! A file that gets a line for each event.

use std::path::Path;

use crate::machine::private::append_private;
use crate::model::event::Event;

/// Adds the event with one write. A link in the place of the file is refused; a missing one is created for this user alone.
pub(super) fn append(path: &str, event: &Event) -> Result<(), String> {
    let line = serde_json::to_string(event).unwrap_or_default() + "\n";
    append_private(Path::new(path), line.as_bytes()).map_err(|error| error.to_string())
}
