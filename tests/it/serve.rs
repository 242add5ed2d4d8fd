//! `vault serve`: AWS's wire API on the vault, called as clients do.

mod apps;
mod attacker;
mod cache;
mod clients;
mod faults;
mod first_call;
pub(crate) mod fixture;
mod http;
mod parameters;
mod process;
mod rotation;
mod secretsmanager;
mod served_function;
mod signed;
