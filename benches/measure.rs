//! Running programs in turns and comparing their medians.

use std::process::{Command, Stdio};
use std::time::Instant;

/// Runs of each program. They take turns, so that whatever else the machine does hits all of them alike.
pub(crate) const RUNS: usize = 41;

/// One program of a case.
pub(crate) struct Rival<'a> {
    pub(crate) name: &'static str,
    pub(crate) command: Box<dyn Fn() -> Command + 'a>,
}

/// Programs that do the same job.
pub(crate) struct Case<'a> {
    pub(crate) name: &'static str,
    /// What is wanted of `vault`, in words.
    pub(crate) target: &'static str,
    /// How often each is run.
    pub(crate) runs: usize,
    /// What the ratios are of.
    pub(crate) floor: Rival<'a>,
    pub(crate) vault: Rival<'a>,
    pub(crate) others: Vec<Rival<'a>>,
    /// How much each of them reads, where that is what counts.
    pub(crate) bytes: Option<u64>,
}

impl Case<'_> {
    /// Measures all programs and prints a line for each. One that is not installed is said to be left out. Returns the medians.
    pub(crate) fn run(&self) -> Vec<(&'static str, f64)> {
        println!("{} — target: {}", self.name, self.target);
        let all = [&self.floor, &self.vault].into_iter().chain(&self.others);
        let (there, missing): (Vec<_>, Vec<_>) = all.partition(|rival| milliseconds(rival).is_some());
        let mut times = vec![Vec::with_capacity(self.runs); there.len()];
        for _ in 0..self.runs {
            for (rival, times) in there.iter().zip(&mut times) {
                times.extend(milliseconds(rival));
            }
        }
        let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
        for (rival, time) in there.iter().zip(&medians) {
            let rate = self.bytes.map(|bytes| format!("   {:>7.0} MB/s", precise(bytes) / time / 1e3));
            println!(
                "  {:<26} {time:>10.2}   {:>6.2}x floor{}",
                rival.name,
                time / medians[0],
                rate.unwrap_or_default()
            );
        }
        for rival in missing {
            println!("  {:<26} left out: not installed, or it failed", rival.name);
        }
        there.iter().map(|rival| rival.name).zip(medians).collect()
    }
}

/// One run, from before the start until after the end; nothing if it fails.
fn milliseconds(rival: &Rival<'_>) -> Option<f64> {
    let mut command = (rival.command)();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let succeeded = command.status().is_ok_and(|status| status.success());
    let taken = start.elapsed().as_secs_f64() * 1e3;
    succeeded.then_some(taken)
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A size as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "sizes of files are far below 2^52")]
pub(crate) fn precise(size: u64) -> f64 {
    size as f64
}
