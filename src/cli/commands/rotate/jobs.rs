//! `--jobs`: how many secrets are rotated at once.

use std::num::NonZero;
use std::thread;

use clap::Args;

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
