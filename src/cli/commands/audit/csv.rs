//! Records as comma-separated values (RFC 4180), safe to open in a spreadsheet and to show on a terminal.

use crate::cli::terminal::escape;
use crate::machine::audit::Record;

/// The columns, as the members of a record are called.
pub(super) const HEADINGS: &str = "time,action,outcome,command,program,kind,name,version,labels,error,reason,member,user,host,parent,job,agent,caller,times\r\n";

/// A line for a record.
pub(super) fn line(record: &Record<'_>) -> String {
    let labels = record.labels.join(" ");
    let times = record.times.max(1).to_string();
    let cells = [
        &*record.time,
        record.action.as_str(),
        record.outcome.as_str(),
        &record.command,
        &record.program,
        &record.kind,
        &record.name,
        &record.version,
        &labels,
        &record.error,
        &record.reason,
        &record.member,
        &record.user,
        &record.host,
        &record.parent,
        &record.job,
        &record.agent,
        &record.caller,
        &times,
    ];
    cells.map(cell).join(",") + "\r\n"
}

/// A cell. What a spreadsheet would take for a formula gets an apostrophe.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = escape::line(text);
    let text = if is_formula { format!("'{text}") } else { text };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_cell_for_each_heading_and_no_formula() {
        let record = Record { reason: "=cmd|' /C calc'!A0".into(), error: "a, \"b\"".into(), ..Record::default() };
        let line = line(&record);
        assert!(line.contains(",'=cmd|") && line.contains("\"a, \"\"b\"\"\""), "{line}");
        assert_eq!(super::line(&Record::default()).matches(',').count(), HEADINGS.matches(',').count());
    }
}
