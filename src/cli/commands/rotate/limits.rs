//! How many secrets are rotated at once, and how long one step of a rotation may take.

use std::num::NonZero;
use std::thread;
use std::time::Duration;

use clap::Args;

use crate::hook::Limits;

#[derive(Debug, Args)]
pub(crate) struct Jobs {
    /// Secrets rotated at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
}

impl Jobs {
    pub(crate) fn count(&self) -> usize {
        let processors = || thread::available_parallelism().map_or(1, NonZero::get);
        self.jobs.map_or_else(processors, usize::from)
    }
}

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
