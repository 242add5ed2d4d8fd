//! How long something that was deleted can be restored.

use crate::model::secret::RECOVERY_DAYS;

/// `7d`, or just `7`.
pub(crate) fn window(text: &str) -> Result<u32, String> {
    let days = text.strip_suffix('d').unwrap_or(text).parse().ok().filter(|days| RECOVERY_DAYS.contains(days));
    days.ok_or_else(|| format!("must be {} to {} days", RECOVERY_DAYS.start(), RECOVERY_DAYS.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_a_unit_or_none() {
        for (text, days) in [("7", 7), ("7d", 7), ("30d", 30)] {
            assert_eq!(window(text), Ok(days), "{text}");
        }
        for bad in ["6", "31d", "7h", "d", "", "-7"] {
            assert_eq!(window(bad), Err("must be 7 to 30 days".to_owned()), "{bad}");
        }
    }
}
