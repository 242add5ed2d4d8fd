//! The server: AWS's wire protocol, JSON 1.1, on a vault (`vault serve`).
//!
//! `http` has connections and bytes, `sign` tells who calls, `call` is one operation with everything that it may use, `ssm` and
//! `secretsmanager` have a file for each operation. Rules are in [`crate::model`], shapes in [`crate::aws`]; an operation reads members,
//! asks whether the caller may, calls a verb of [`crate::engine`], and answers.

mod accessed;
pub(crate) mod answer;
pub(crate) mod ask;
pub(crate) mod cache_api;
pub(crate) mod call;
pub(crate) mod caller;
mod continuation;
pub mod direct;
mod dispatch;
pub(crate) mod fault;
pub(crate) mod functions;
pub(crate) mod grant;
pub(crate) mod http;
mod identify;
mod kept;
mod locked;
pub(crate) mod log;
pub(crate) mod members;
mod metrics;
mod moments;
mod percent;
mod principal;
pub(crate) mod private;
mod request_id;
mod roll;
pub(crate) mod rotations;
mod secretsmanager;
pub(crate) mod served;
pub(crate) mod server;
pub(crate) mod session;
mod settings;
pub mod sign;
mod ssm;
mod sts;
mod tally;
mod unanswered;
pub(crate) mod untagged;
mod wiping;
