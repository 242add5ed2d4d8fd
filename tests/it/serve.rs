//! `vault serve`: AWS's wire API on the vault, called as clients do.

mod apps;
mod attacker;
mod clients;
mod first_call;
pub(crate) mod fixture;
mod http;
mod parameters;
mod process;
mod rotation;
mod secretsmanager;
mod served_function;
mod signed;
