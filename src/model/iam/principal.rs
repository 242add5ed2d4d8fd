//! Whom a statement of a resource policy is about.

use super::fault::PolicyFlaw;
use super::node::Node;
use crate::model::arn::Arn;

/// The principals of a statement.
#[derive(Debug, Clone)]
pub(super) struct Principals {
    /// `NotPrincipal`: everyone but these.
    pub(super) except: bool,
    listed: Vec<Principal>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Principal {
    /// `*`
    Anyone,
    /// Twelve digits, or the ARN that ends in `:root`.
    Account(String),
    /// The ARN of a user or a role.
    Arn(String),
    /// Services and identities of other systems: they do not call.
    Other,
}

/// A missing or malformed principal.
pub(super) const FORM: PolicyFlaw = PolicyFlaw::Needs("a Principal: \"*\", or an object of names");

impl Principals {
    /// Reads `Principal`, or `NotPrincipal`.
    pub(super) fn parse(node: Node, except: bool) -> Result<Self, PolicyFlaw> {
        let listed = match node {
            Node::Text(text) if text == "*" => vec![Principal::Anyone],
            Node::Object(kinds) if !kinds.is_empty() => {
                let read = |(kind, names): (String, Node)| {
                    let names = names.texts().ok_or(FORM)?;
                    names.iter().map(|name| Principal::parse(&kind, name)).collect::<Result<Vec<_>, _>>()
                };
                kinds.into_iter().map(read).collect::<Result<Vec<_>, _>>()?.concat()
            }
            _ => return Err(FORM),
        };
        Ok(Principals { except, listed })
    }

    /// Whether a caller is meant.
    pub(super) fn cover(&self, caller: &str, allows: bool) -> bool {
        let named = |principal: &Principal| match principal {
            Principal::Anyone => true,
            // An account in an Allow leaves it to the policies of its identities.
            Principal::Account(id) => (self.except || !allows) && account(caller) == Some(id),
            Principal::Arn(arn) => arn == caller || is_role_of(arn, caller).unwrap_or(false),
            Principal::Other => false,
        };
        self.listed.iter().any(named) != self.except
    }

    /// Whether everybody is meant.
    pub(super) fn is_everybody(&self) -> bool {
        self.except || self.listed.contains(&Principal::Anyone)
    }
}

impl Principal {
    fn parse(kind: &str, name: &str) -> Result<Self, PolicyFlaw> {
        Ok(match kind {
            _ if name.is_empty() => return Err(FORM),
            "AWS" if name == "*" => Principal::Anyone,
            "AWS" => match Arn::parse(name) {
                Some(arn) if arn.resource == "root" => Principal::Account(arn.account.to_owned()),
                Some(_) => Principal::Arn(name.to_owned()),
                None => Principal::Account(name.to_owned()),
            },
            "Service" | "Federated" | "CanonicalUser" => Principal::Other,
            _ => return Err(PolicyFlaw::Needs("a Principal of AWS, Service, Federated or CanonicalUser")),
        })
    }
}

/// Whether a caller is a session of a role.
fn is_role_of(role: &str, caller: &str) -> Option<bool> {
    let (role, session) = (Arn::parse(role)?, Arn::parse(caller)?);
    let name = role.resource.strip_prefix("role/")?.rsplit('/').next()?;
    let (assumed, _) = session.resource.strip_prefix("assumed-role/")?.split_once('/')?;
    let is_same = (role.partition, role.account) == (session.partition, session.account);
    Some(is_same && (role.service, session.service) == ("iam", "sts") && name == assumed)
}

fn account(arn: &str) -> Option<&str> {
    Arn::parse(arn).map(|arn| arn.account)
}
