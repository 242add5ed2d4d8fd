//! Rules of the engine on a vault in memory: what would take a broken disk or a well-timed rival, and what costs less than a
//! process for each command.

mod batches;
mod credentials;
mod exposure;
mod histories;
mod key_crashes;
mod key_states;
mod leftovers;
mod merges;
mod overtaken;
mod parcels;
mod plans;
mod policies;
mod references;
mod rehearsal;
mod replicas;
mod revisions;
mod rigged;
mod shares;
mod signatures;
mod threads;
mod tombstones;
mod world;
