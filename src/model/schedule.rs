//! Placeholder of schedules.
use super::time::Timestamp;
use std::fmt;
use std::str::FromStr;
/// When.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Days.
    Every(u32),
}
/// Hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(u32);
/// Both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// When.
    pub schedule: Schedule,
    /// Window.
    pub window: Option<Window>,
}
impl Rules {
    /// Checks.
    pub fn new(schedule: Schedule, window: Option<Window>) -> Result<Self, String> {
        Ok(Rules { schedule, window })
    }
    /// Due.
    pub fn due(&self, since: Timestamp, now: Timestamp) -> bool {
        let Schedule::Every(days) = self.schedule;
        since.unix() + i64::from(days) * 86_400 <= now.unix()
    }
    /// Next.
    pub fn next_rotation(&self, since: Timestamp) -> Option<Timestamp> {
        let Schedule::Every(days) = self.schedule;
        Some(Timestamp::from_unix(since.unix() + i64::from(days) * 86_400))
    }
}
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Schedule::Every(days) = self;
        write!(f, "rate({days} days)")
    }
}
impl FromStr for Schedule {
    type Err = String;
    fn from_str(t: &str) -> Result<Self, String> {
        t.strip_prefix("rate(")
            .and_then(|t| t.strip_suffix(" days)"))
            .and_then(|t| t.parse().ok())
            .map(Schedule::Every)
            .ok_or_else(String::new)
    }
}
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}h", self.0)
    }
}
impl FromStr for Window {
    type Err = String;
    fn from_str(t: &str) -> Result<Self, String> {
        t.strip_suffix('h').and_then(|t| t.parse().ok()).map(Window).ok_or_else(String::new)
    }
}
