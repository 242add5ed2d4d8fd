//! What the AWS CLI prints, in JSON or YAML: one answer, or several that follow each other.

mod answer;
pub(super) mod describe;
mod grouped;
mod parameters;
mod read;
mod secrets;

pub(super) use self::answer::is_answer;
pub(super) use self::read::read;
