//! Whether a call is allowed, and why.

use super::policy::Policy;
use super::request::Request;
use super::statement::Effect;

/// What policies say about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is allowed.
    Allowed {
        /// The statement that allows it.
        by: Source,
    },
    /// It is not.
    Denied(Denial),
}

/// Why a call is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// A statement denies it.
    Explicit(Source),
    /// No statement allows it.
    Implicit,
}

/// A statement, by its number from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In a policy of the caller.
    Identity {
        /// Which of its policies, from 0.
        policy: usize,
        /// Which statement, from 1.
        statement: usize,
    },
    /// In the policy of the resource.
    Resource {
        /// Which statement, from 1.
        statement: usize,
    },
}

/// Decides about a call: what denies it wins, and one statement that allows it is enough, be it the caller's or the
/// resource's.
pub fn decide(request: &Request<'_>, identity: &[&Policy], resource: Option<&Policy>) -> Decision {
    let found = |effect| first(effect, request, identity, resource);
    match (found(Effect::Deny), || found(Effect::Allow)) {
        (Some(by), _) => Decision::Denied(Denial::Explicit(by)),
        (None, allowed) => allowed().map_or(Decision::Denied(Denial::Implicit), |by| Decision::Allowed { by }),
    }
}

fn first(effect: Effect, request: &Request<'_>, identity: &[&Policy], resource: Option<&Policy>) -> Option<Source> {
    let of_caller = |(policy, it): (usize, &&Policy)| {
        it.first(effect, request).map(|statement| Source::Identity { policy, statement })
    };
    let of_resource = || resource?.first(effect, request).map(|statement| Source::Resource { statement });
    identity.iter().enumerate().find_map(of_caller).or_else(of_resource)
}

impl Decision {
    /// Whether it is allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Decision::Allowed { .. })
    }
}

impl Denial {
    /// What AWS answers.
    pub fn message(&self, request: &Request<'_>) -> String {
        let Request { principal, action, resource, .. } = request;
        let reason = match self {
            Denial::Implicit => format!("because no identity-based policy allows the {action} action"),
            Denial::Explicit(Source::Identity { .. }) => "with an explicit deny in an identity-based policy".into(),
            Denial::Explicit(Source::Resource { .. }) => "with an explicit deny in a resource-based policy".into(),
        };
        // Where Secrets Manager has no resource, it names none.
        let is_nameless = *resource == "*" && action.starts_with("secretsmanager:");
        let on = if is_nameless { String::new() } else { format!(" on resource: {resource}") };
        format!("User: {principal} is not authorized to perform: {action}{on} {reason}")
    }
}
