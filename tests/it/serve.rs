//! `vault serve`: AWS's wire API on the vault, called as clients do.

mod first_call;
pub(crate) mod fixture;
mod http;
mod process;
mod signed;
