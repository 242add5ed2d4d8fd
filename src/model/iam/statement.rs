//! One statement of a policy.

use super::condition::Condition;
use super::context::{Context, any};
use super::fault::PolicyFlaw;
use super::node::{Members, Node};
use super::pattern::{Pattern, Syntax};
use super::principal::{self, Principals};
use super::request::Request;
use crate::model::written::{UnknownWord, words};

words! {
    /// What a statement does to the calls that it is about.
    pub(super) enum Effect, UnknownWord {
        Allow = "Allow",
        Deny = "Deny",
    }
}

/// Which kind of policy a statement is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyKind {
    /// What a caller may do: no principals.
    Identity,
    /// Who may do something to a resource: principals.
    Resource,
}

/// A statement, ready to be compared with calls.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) sid: Option<String>,
    pub(super) effect: Effect,
    pub(super) principals: Option<Principals>,
    pub(super) actions: Selection,
    pub(super) resources: Selection,
    pub(super) conditions: Vec<Condition>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    /// Everything but what is listed.
    pub(super) except: bool,
    /// Each pattern, with its text.
    pub(super) listed: Vec<(String, Pattern)>,
}

impl Statement {
    /// Reads a statement.
    pub(super) fn parse(node: Node, kind: PolicyKind, variables: bool) -> Result<Self, PolicyFlaw> {
        let mut members = Members::of(node)?;
        let sid = match members.take("Sid") {
            None => None,
            Some(Node::Text(sid)) => Some(sid),
            Some(_) => return Err(PolicyFlaw::Needs("a Sid that is a text")),
        };
        let effect = match members.take("Effect") {
            Some(Node::Text(word)) => word.parse().ok(),
            _ => None,
        };
        let effect = effect.ok_or(PolicyFlaw::Needs("an Effect of Allow or Deny"))?;
        let principals = principals(&mut members, kind)?;
        let actions = selection(&mut members, ["Action", "an Action", "NotAction"], action)?;
        let syntax = if variables { Syntax::Full } else { Syntax::Wildcards };
        let resources =
            selection(&mut members, ["Resource", "a Resource", "NotResource"], |text| resource(text, syntax))?;
        let conditions = members.take("Condition").map(|node| Condition::parse_all(node, variables));
        let conditions = conditions.transpose()?.unwrap_or_default();
        members.finish()?;
        Ok(Statement { sid, effect, principals, actions, resources, conditions })
    }

    /// Whether it is about a call.
    pub(super) fn covers(&self, request: &Request<'_>) -> bool {
        // Where a variable has no value, a statement denies rather than allows.
        let doubt = self.effect == Effect::Deny;
        let context = request.context;
        self.actions.covers(request.action, context, doubt)
            && self.resources.covers(request.resource, context, doubt)
            && self.principals.as_ref().is_none_or(|who| who.cover(request.principal, self.effect == Effect::Allow))
            && self.conditions.iter().all(|condition| condition.holds(context, doubt))
    }
}

impl Selection {
    /// Whether a text is selected.
    fn covers(&self, text: &str, context: &Context, doubt: bool) -> bool {
        let is_listed = any(self.listed.iter().map(|(_, pattern)| pattern.matches(text, context)));
        is_listed.map_or(self.except && doubt, |is_listed| is_listed != self.except)
    }
}

fn principals(members: &mut Members, kind: PolicyKind) -> Result<Option<Principals>, PolicyFlaw> {
    let parsed = match (members.take("Principal"), members.take("NotPrincipal")) {
        (None, None) => None,
        (Some(_), Some(_)) => return Err(PolicyFlaw::Both("Principal")),
        (Some(node), None) => Some(Principals::parse(node, false)?),
        (None, Some(node)) => Some(Principals::parse(node, true)?),
    };
    match (kind, &parsed) {
        (PolicyKind::Identity, Some(_)) => Err(PolicyFlaw::Foreign("Principal")),
        (PolicyKind::Resource, None) => Err(principal::FORM),
        _ => Ok(parsed),
    }
}

/// Reads a member, or the one that negates it.
fn selection(
    members: &mut Members,
    [name, needs, negated]: [&'static str; 3],
    read: impl Fn(&str) -> Result<Pattern, PolicyFlaw>,
) -> Result<Selection, PolicyFlaw> {
    let (node, except) = match (members.take(name), members.take(negated)) {
        (None, None) => return Err(PolicyFlaw::Needs(needs)),
        (Some(_), Some(_)) => return Err(PolicyFlaw::Both(name)),
        (Some(node), None) => (node, false),
        (None, Some(node)) => (node, true),
    };
    let texts = node.texts().ok_or(PolicyFlaw::Needs(needs))?;
    let pattern = |text: String| read(&text).map(|pattern| (text, pattern));
    Ok(Selection { except, listed: texts.into_iter().map(pattern).collect::<Result<_, _>>()? })
}

fn action(text: &str) -> Result<Pattern, PolicyFlaw> {
    let named = |(service, action): (&str, &str)| !service.is_empty() && !action.is_empty();
    if text != "*" && !text.split_once(':').is_some_and(named) {
        return Err(PolicyFlaw::Action(text.to_owned()));
    }
    Ok(Pattern::parse(text, Syntax::Wildcards)?.ignoring_case())
}

fn resource(text: &str, syntax: Syntax) -> Result<Pattern, PolicyFlaw> {
    if text != "*" && !text.starts_with("arn:") {
        return Err(PolicyFlaw::Resource(text.to_owned()));
    }
    Pattern::parse(text, syntax)
}
