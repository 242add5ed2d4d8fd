//! `EnvironmentFile=` of systemd (systemd.exec(5)): double quotes as in a shell, line breaks inside of them. A variable with
//! other control characters than tab and line feed is dropped by systemd, so it is refused here.

use super::refusal::{Pieces, Refusal};
use super::shell::escaped;

pub(super) fn write(name: &str, value: &str, push: Pieces<'_>) -> Result<(), Refusal> {
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\n' && byte != b'\t') {
        return Err(Refusal::Control);
    }
    push(name.as_bytes());
    push(b"=\"");
    let escape = |byte| match byte {
        b'"' => Some(b"\\\"".as_slice()),
        b'\\' => Some(b"\\\\".as_slice()),
        b'`' => Some(b"\\`".as_slice()),
        b'$' => Some(b"\\$".as_slice()),
        _ => None,
    };
    escaped(value.as_bytes(), escape, push);
    push(b"\"\n");
    Ok(())
}
