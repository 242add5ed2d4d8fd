//! The variable that tells a machine without a memory which vault it accepts.

/// Its assignment in one line; where that is wider than the room, in two lines, as a shell takes them.
pub(crate) fn lines(anchor: &str, room: Option<usize>) -> Vec<String> {
    let whole = format!("VLT_ID={anchor}");
    match anchor.split_once('@') {
        Some((id, snapshot)) if room.is_some_and(|room| whole.len() > room) => {
            vec![format!("VLT_ID={id}\\"), format!("@{snapshot}")]
        }
        _ => vec![whole],
    }
}

/// The same in a list of steps. The second of two lines begins where the shell begins.
pub(crate) fn step(anchor: &str, width: Option<usize>) -> Vec<String> {
    match lines(anchor, width.map(|width| width.saturating_sub(2))) {
        lines if lines.len() == 1 => vec![format!("  {}", lines[0])],
        lines => lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_broken_only_where_it_must_be_and_as_a_shell_reads_it() {
        assert_eq!(lines("vlt1abc@2:99", None), ["VLT_ID=vlt1abc@2:99"]);
        assert_eq!(lines("vlt1abc@2:99", Some(19)), ["VLT_ID=vlt1abc@2:99"]);
        assert_eq!(lines("vlt1abc@2:99", Some(18)), ["VLT_ID=vlt1abc\\", "@2:99"]);
        assert_eq!(step("vlt1abc@2:99", Some(21)), ["  VLT_ID=vlt1abc@2:99"]);
        assert_eq!(step("vlt1abc@2:99", Some(20)), ["VLT_ID=vlt1abc\\", "@2:99"]);
    }
}
