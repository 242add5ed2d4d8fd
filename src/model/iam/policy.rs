//! Policies: lists of statements.

use super::fault::{PolicyFault, PolicyFlaw};
use super::node::{Members, Node};
use super::principal::Principals;
use super::request::Request;
use super::statement::{Effect, PolicyKind, Statement};

/// The longest policy of a credential, in bytes (FORMAT.md).
pub(crate) const IDENTITY_POLICY_LIMIT: usize = 10_240;
/// The longest policy of a secret, in characters.
pub const RESOURCE_POLICY_LIMIT: usize = 20_480;

/// A policy, parsed.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(super) statements: Vec<Statement>,
    /// Whether its version of the language has variables.
    pub(super) has_variables: bool,
}

impl Policy {
    /// Reads the policy of a credential: what its holder may do.
    ///
    /// # Errors
    /// The text is not a policy, has a principal, or is too long.
    pub fn identity(text: &str) -> Result<Policy, PolicyFault> {
        check_length(text.len(), IDENTITY_POLICY_LIMIT, "bytes")?;
        Policy::parse(text, PolicyKind::Identity)
    }

    /// Reads the policy of a secret: who may do something to it.
    ///
    /// # Errors
    /// The text is not a policy, a statement has no principal, or it is too long.
    pub fn resource(text: &str) -> Result<Policy, PolicyFault> {
        check_length(text.chars().count(), RESOURCE_POLICY_LIMIT, "characters")?;
        Policy::parse(text, PolicyKind::Resource)
    }

    /// The `Sid` of a statement, by its number from 1.
    pub fn sid(&self, statement: usize) -> Option<&str> {
        self.statements.get(statement.checked_sub(1)?)?.sid.as_deref()
    }

    /// Whether a statement allows something to everybody, without a condition.
    pub fn is_public(&self) -> bool {
        self.statements.iter().any(|statement| {
            statement.effect == Effect::Allow
                && statement.conditions.is_empty()
                && statement.principals.as_ref().is_some_and(Principals::is_everybody)
        })
    }

    /// The number of the first statement with that effect that is about a call.
    pub(super) fn first(&self, effect: Effect, request: &Request<'_>) -> Option<usize> {
        let covers = |statement: &Statement| statement.effect == effect && statement.covers(request);
        self.statements.iter().position(covers).map(|at| at + 1)
    }

    fn parse(text: &str, kind: PolicyKind) -> Result<Policy, PolicyFault> {
        let (statements, has_variables) = statements(text).map_err(|flaw| flaw.at(None))?;
        let read = |(number, node)| {
            Statement::parse(node, kind, has_variables).map_err(|flaw: PolicyFlaw| flaw.at(Some(number)))
        };
        let statements = (1..).zip(statements).map(read).collect::<Result<_, _>>()?;
        Ok(Policy { statements, has_variables })
    }
}

/// The statements of a policy, unread, and whether its version of the language has variables.
fn statements(text: &str) -> Result<(Vec<Node>, bool), PolicyFlaw> {
    let node = serde_json::from_str(text).map_err(|error| PolicyFlaw::Json(error.to_string()))?;
    let mut members = Members::of(node)?;
    let has_variables = version_has_variables(members.take("Version"))?;
    if members.take("Id").is_some_and(|id| !matches!(id, Node::Text(_))) {
        return Err(PolicyFlaw::Needs("an Id that is a text"));
    }
    let statements = match members.take("Statement") {
        Some(Node::List(statements)) if !statements.is_empty() => statements,
        Some(one @ Node::Object(_)) => vec![one],
        _ => return Err(PolicyFlaw::Needs("a Statement")),
    };
    members.finish()?;
    Ok((statements, has_variables))
}

/// Only the newer version of the language has variables, and a policy without a version is of the older one.
fn version_has_variables(version: Option<Node>) -> Result<bool, PolicyFlaw> {
    match version {
        None => Ok(false),
        Some(Node::Text(text)) if text == "2012-10-17" => Ok(true),
        Some(Node::Text(text)) if text == "2008-10-17" => Ok(false),
        Some(_) => Err(PolicyFlaw::Needs("a Version of 2012-10-17 or 2008-10-17")),
    }
}

fn check_length(length: usize, limit: usize, unit: &'static str) -> Result<(), PolicyFault> {
    if length > limit { Err(PolicyFlaw::TooLong { length, limit, unit }.at(None)) } else { Ok(()) }
}
