//! `EnvironmentFile=` of systemd (systemd.exec(5)): double quotes as in a shell, line breaks inside of them. A variable with
//! other control characters than tab and line feed is dropped by systemd, so it is refused here.

use super::pieces::Pieces;
use super::refusal::Refusal;

pub(super) fn write(name: &str, value: &str, to: &mut Pieces) -> Result<(), Refusal> {
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\n' && byte != b'\t') {
        return Err(Refusal::Control);
    }
    to.texts(&[name, "=\""]);
    to.escaped(value.as_bytes(), |byte| match byte {
        b'"' => Some("\\\""),
        b'\\' => Some("\\\\"),
        b'`' => Some("\\`"),
        b'$' => Some("\\$"),
        _ => None,
    });
    to.texts(&["\"\n"]);
    Ok(())
}
