//! Rules of the engine on a vault in memory: what would take a broken disk or a well-timed rival, and what costs less than a
//! process for each command.

mod batches;
mod credentials;
mod exposure;
mod histories;
mod key_crashes;
mod key_states;
mod merges;
mod overtaken;
mod plans;
mod policies;
mod rehearsal;
mod revisions;
mod rigged;
mod signatures;
mod threads;
mod tombstones;
mod world;
