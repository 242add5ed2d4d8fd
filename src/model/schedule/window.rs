//! How long a window stays open.

use std::fmt;
use std::str::FromStr;

use crate::model::time::HOUR;

/// The length of a window: 1 to 24 whole hours, written `3h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Window(u8);

/// A text that is not the length of a window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a window must be 1 to 24 hours long, such as `3h`")]
pub(crate) struct WindowError;

impl Window {
    /// A whole day.
    pub(super) const DAY: Window = Window(24);
    /// The default for a window by the hour.
    pub(super) const HOUR: Window = Window(1);

    /// That many hours, limited to what a window can have.
    pub(super) fn hours(number: u32) -> Self {
        Window(u8::try_from(number.clamp(1, 24)).unwrap_or(24))
    }

    /// Its length in seconds.
    pub(crate) fn seconds(self) -> i64 {
        i64::from(self.0) * HOUR
    }
}

impl FromStr for Window {
    type Err = WindowError;

    /// One or two digits and an `h`.
    fn from_str(text: &str) -> Result<Self, WindowError> {
        let digits = text.strip_suffix('h').ok_or(WindowError)?;
        if digits.len() > 2 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(WindowError);
        }
        let hours: u8 = digits.parse().map_err(|_| WindowError)?;
        if (1..=24).contains(&hours) { Ok(Window(hours)) } else { Err(WindowError) }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}h", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_one_to_twenty_four_hours() {
        for (text, canonical) in [("1h", "1h"), ("03h", "3h"), ("24h", "24h")] {
            assert_eq!(text.parse::<Window>().unwrap().to_string(), canonical);
        }
        for bad in ["", "h", "0h", "00h", "25h", "003h", "+3h", "-1h", "3", "3H", "3 h", "3d", "1.5h", "３h"] {
            assert_eq!(bad.parse::<Window>(), Err(WindowError), "{bad}");
        }
    }
}
