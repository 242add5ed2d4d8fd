//! Instants, in UTC and whole seconds, as documents state them: `2026-11-23T07:00:00Z`.

use std::fmt;
use std::str::FromStr;

/// An hour, in seconds.
pub(crate) const HOUR: i64 = 3600;
/// A day, in seconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// An instant in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// A text that is not an instant in the form of documents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an instant of the form 2026-11-23T07:00:00Z")]
pub struct TimestampError;

impl Timestamp {
    /// The instant `seconds` after 1970-01-01T00:00:00Z, cut to the range that four-digit years can write.
    pub fn from_unix(seconds: i64) -> Self {
        const LAST: i64 = 253_402_207_200; // 9999-12-30T22:00:00Z, the latest instant that jiff represents.
        jiff::Timestamp::from_second(seconds.clamp(0, LAST)).map_or(Timestamp(jiff::Timestamp::UNIX_EPOCH), Timestamp)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix(self) -> i64 {
        self.0.as_second()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}", self.0)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Accepts the one canonical form only.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| TimestampError)?;
        let parsed = Timestamp::from_unix(instant.as_second());
        if parsed.to_string() == text { Ok(parsed) } else { Err(TimestampError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_read() {
        let text = "2026-11-23T07:00:00Z";
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        for bad in ["2026-11-23T07:00:00.5Z", "2026-11-23T08:00:00+01:00", "2026-11-23", "2026-11-23T07:00:00z", ""] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }

    #[test]
    fn instants_outside_the_writable_range_are_cut() {
        assert_eq!(Timestamp::from_unix(-5).to_string(), "1970-01-01T00:00:00Z");
        assert!(Timestamp::from_unix(i64::MAX).to_string().starts_with("9999-"));
    }
}
