//! EDGE. Values to programs: variable names, the environment of a child, and the step into it. And values that lie where no
//! program should find them.

pub mod ci;
pub mod delivery;
pub mod dotenv;
pub mod environment;
pub mod execute;
mod forbidden;
pub mod foreign;
pub mod import;
pub mod map;
pub mod private_file;
pub mod quoted;
pub mod render;
pub mod scan;
pub mod serialize;
pub mod supervise;
pub mod variable;
