//! Instants in JSON, as documents state them: `2026-11-23T07:00:00Z`.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::time::Timestamp;

/// An instant of a shape of [`crate::aws`], shown in the same way to users and programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date(Timestamp);

impl From<Timestamp> for Date {
    fn from(instant: Timestamp) -> Self {
        Date(instant)
    }
}

impl From<Date> for Timestamp {
    fn from(date: Date) -> Self {
        date.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_text_in_utc() {
        let date = Date::from("2026-11-23T07:00:00Z".parse::<Timestamp>().unwrap());
        assert_eq!(serde_json::to_string(&date).unwrap(), format!("\"{date}\""));
    }
}
