//! A call, as policies see it.

use super::context::Context;

/// Who calls what on which resource.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The ARN of the caller.
    pub principal: &'a str,
    /// Such as `ssm:GetParameter`.
    pub action: &'a str,
    /// The ARN of the resource, or `*`.
    pub resource: &'a str,
    /// What else is known.
    pub context: &'a Context,
}
