//! Who calls, and what it may do.

use std::net::IpAddr;
use std::sync::Arc;

use super::kept::Kept;
use super::principal::Principal;
use super::session::Held;
use crate::model::arn::Account;
use crate::model::iam::{Context, Decision, Denial, Policy, Request, decide};
use crate::model::name::MemberName;

/// The principal behind a request whose signature is valid.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The access key id of the credential; empty for requests without a signature.
    pub access_key: String,
    /// What people call it.
    pub name: String,
    /// The member whose rights limit it.
    pub member: MemberName,
    /// `User-Agent`, cut, for the log.
    pub agent: String,
    pub origin: Origin,
    /// The ARN of the caller, for policies and messages.
    pub arn: String,
    pub(super) rights: Rights,
}

/// Where a request came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The address of the other side; none for a Unix socket.
    pub peer: Option<IpAddr>,
    /// Whether nobody on the way could read it.
    pub is_private: bool,
}

/// What limits a caller, besides the rights of its member.
#[derive(Clone, Default)]
pub(super) struct Rights {
    /// The credential; without one the server itself calls.
    pub(super) principal: Option<Arc<Kept<Principal>>>,
    pub(super) session: Option<Arc<Held>>,
}

impl Caller {
    /// Somebody, before anything else is known of the request.
    pub(super) fn new(access_key: &str, name: &str, member: MemberName, arn: String, rights: Rights) -> Self {
        let (access_key, name) = (access_key.to_owned(), name.to_owned());
        Caller { access_key, name, member, agent: String::new(), origin: Origin::default(), arn, rights }
    }

    /// Somebody without a signature, where that is allowed.
    pub(super) fn visitor(member: MemberName, account: &Account) -> Self {
        let arn = account.user(&member);
        Caller::new("", "open", member, arn, Rights::default())
    }

    /// A session that the server issued.
    pub(super) fn session(member: MemberName, account: &Account, access_key: &str, held: &Arc<Held>) -> Self {
        let word = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
        let name: String = held.name.chars().map(word).collect();
        let arn = format!("arn:{}:sts::{}:assumed-role/vault/{name}", account.partition, account.id);
        let rights = Rights { session: Some(Arc::clone(held)), ..Rights::default() };
        Caller::new(access_key, &held.name, member, arn, rights)
    }

    /// Whether anything limits it besides the rights of its member.
    pub(super) fn is_limited(&self) -> bool {
        self.rights.principal.is_some() || self.rights.session.is_some()
    }

    /// What policies can ask about it.
    pub(super) fn context(&self, account: &Account) -> Context {
        let mut context = Context::default();
        let user =
            if self.rights.principal.is_some() || self.rights.session.is_none() { "User" } else { "AssumedRole" };
        if user == "User" {
            context.set("aws:username", self.member.as_str());
        }
        context.set("aws:userid", self.access_key.as_str());
        let role = format!("arn:{}:iam::{}:role/vault", account.partition, account.id);
        context.set("aws:PrincipalArn", if user == "User" { &self.arn } else { &role });
        context.set("aws:PrincipalAccount", account.id.as_str());
        context.set("aws:PrincipalType", user);
        context.set("aws:SecureTransport", self.origin.is_private.to_string());
        if let Some(peer) = self.origin.peer {
            context.set("aws:SourceIp", peer.to_string());
        }
        context
    }

    /// What its policies and the policy of the resource say: all that limit it must allow it. The policy of a resource can give something
    /// to a credential; the keys of a session reach what their own policy names, and nothing else.
    pub(super) fn decide(&self, request: &Request<'_>, resource: Option<&Policy>) -> Result<(), Denial> {
        if let Some(principal) = &self.rights.principal {
            of(decide(request, &[&principal.policy], resource))?;
        }
        if let Some(policy) = self.rights.session.as_ref().and_then(|held| held.policy.as_ref()) {
            of(decide(request, &[policy], None))?;
        }
        // For the server's own member this is all that can deny it something.
        match decide(request, &[], resource) {
            Decision::Denied(denial @ Denial::Explicit(_)) => Err(denial),
            _ => Ok(()),
        }
    }
}

fn of(decision: Decision) -> Result<(), Denial> {
    match decision {
        Decision::Allowed { .. } => Ok(()),
        Decision::Denied(denial) => Err(denial),
    }
}
