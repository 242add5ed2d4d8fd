//! `--timeout`: how long one step of a rotation may take.

use std::time::Duration;

use clap::Args;

use crate::hook::Limits;

#[derive(Debug, Args)]
pub(crate) struct StepLimit {
    /// Seconds that one step may take
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().time.as_secs(), value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

impl StepLimit {
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}
