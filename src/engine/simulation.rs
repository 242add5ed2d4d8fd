//! What a credential may do, without doing it: policies, and the rights of the member who issued it.

use std::collections::BTreeMap;

use super::api_credentials::CredentialState;
use super::error::Result;
use super::vault::Vault;
use crate::model::arn::{Arn, Suffix};
use crate::model::credential::Credential;
use crate::model::iam::{Decision, Denial, Policy, PolicyFault, Request, Right, Source, decide};
use crate::model::name::{ParameterName, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

/// A call that a credential could make.
#[derive(Debug, Clone)]
pub(crate) struct SimulatedCall {
    /// Such as `ssm:GetParameter`.
    pub action: String,
    /// The ARN of what it is about, or `*`.
    pub resource: String,
    /// Condition keys with their values.
    keys: Vec<(String, String)>,
    /// The name in the vault.
    name: Option<(Kind, String)>,
    /// The policy of the secret, if it has one.
    policy: Option<std::result::Result<Policy, PolicyFault>>,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is allowed, by this statement.
    Allowed(Source),
    /// The credential is of no use.
    Unusable(CredentialState),
    /// A policy does not allow it.
    Denied(Denial),
    /// A policy is not one.
    Broken(PolicyFault),
    /// The member who issued the credential lacks a right.
    Beyond(Right),
}

impl Vault<'_> {
    /// A call about a name or an ARN; `given` are condition keys with their values, which replace those that the vault knows.
    pub(crate) fn simulated_call(
        &self,
        action: &str,
        resource: &str,
        given: &[(String, String)],
    ) -> Result<SimulatedCall> {
        let account = self.account();
        let is_secret = action.to_ascii_lowercase().starts_with("secretsmanager:");
        let mut call = match (Arn::parse(resource), is_secret) {
            _ if resource == "*" => SimulatedCall::of(action, resource.to_owned(), None),
            (Some(arn), _) => match (arn.parameter(), arn.secret()) {
                (Some(name), _) => self.parameter_call(action, &name.parse()?, resource.to_owned())?,
                (_, Some(named)) => {
                    let name = Suffix::split(named).map_or(named, |(name, _)| name).parse()?;
                    self.secret_call(action, &name, |_| resource.to_owned())?
                }
                _ => SimulatedCall::of(action, resource.to_owned(), None),
            },
            (None, true) => {
                let name: SecretName = resource.parse()?;
                self.secret_call(action, &name, |suffix| match suffix {
                    Some(suffix) => account.secret(&name, suffix),
                    None => account.missing_secret(name.as_str()),
                })?
            }
            (None, false) => {
                let name: ParameterName = resource.parse()?;
                self.parameter_call(action, &name, account.parameter(&name))?
            }
        };
        call.keys.retain(|(key, _)| !given.iter().any(|(other, _)| other.eq_ignore_ascii_case(key)));
        call.keys.extend(given.iter().cloned());
        Ok(call)
    }

    /// What becomes of a call with a credential.
    pub(crate) fn simulate(&self, credential: &Credential, call: &SimulatedCall, now: Timestamp) -> Result<Verdict> {
        let state = self.credential_state(credential, now);
        if state != CredentialState::Active {
            return Ok(Verdict::Unusable(state));
        }
        let account = self.account();
        let (policy, of_resource) = match (Policy::identity(&credential.policy), call.policy.clone().transpose()) {
            (Ok(policy), Ok(of_resource)) => (policy, of_resource),
            (Err(fault), _) | (_, Err(fault)) => return Ok(Verdict::Broken(fault)),
        };
        let mut context = credential.context(&account);
        context.set("aws:CurrentTime", now.to_string());
        context.set("aws:EpochTime", now.unix().to_string());
        for (key, _) in &call.keys {
            let values = call.keys.iter().filter(|(other, _)| other.eq_ignore_ascii_case(key));
            context.set_many(key, values.map(|(_, value)| value.as_str()));
        }
        let (action, resource, principal) = (&call.action, &call.resource, credential.principal(&account));
        let request = Request { principal: &principal, action, resource, context: &context };
        match decide(&request, &[&policy], of_resource.as_ref()) {
            Decision::Denied(denial) => Ok(Verdict::Denied(denial)),
            Decision::Allowed { by } => {
                Ok(self.missing_right(credential, call)?.map_or(Verdict::Allowed(by), Verdict::Beyond))
            }
        }
    }

    /// The right that the member who issued a credential lacks for a call.
    fn missing_right(&self, credential: &Credential, call: &SimulatedCall) -> Result<Option<Right>> {
        let (Some(right), Some((kind, name))) = (Right::of(&call.action), &call.name) else { return Ok(None) };
        let has = match right {
            Right::None => true,
            Right::Read => self.member_may_read(&credential.member, *kind, name)?,
            Right::Write => self.member_may_write(&credential.member, *kind, name),
        };
        Ok((!has).then_some(right))
    }

    fn parameter_call(&self, action: &str, name: &ParameterName, resource: String) -> Result<SimulatedCall> {
        let found: Option<Parameter> = self.find(name)?;
        let spelled = found.as_ref().map_or(name, |found| &found.name).to_string();
        let mut call = SimulatedCall::of(action, resource, Some((Kind::Parameter, spelled)));
        if let Some(found) = &found {
            call.know_tags("ssm:resourceTag", &found.tags);
        }
        Ok(call)
    }

    fn secret_call(
        &self,
        action: &str,
        name: &SecretName,
        arn: impl FnOnce(Option<Suffix>) -> String,
    ) -> Result<SimulatedCall> {
        let found: Option<Secret> = self.find(name)?;
        let resource = arn(found.as_ref().map(|secret| Suffix::of(secret.id)));
        let mut call = SimulatedCall::of(action, resource.clone(), Some((Kind::Secret, name.to_string())));
        call.keys.push(("secretsmanager:SecretId".into(), resource));
        call.keys.push(("secretsmanager:Name".into(), name.to_string()));
        let Some(secret) = found else { return Ok(call) };
        call.know_tags("secretsmanager:ResourceTag", &secret.tags);
        call.policy = secret.resource_policy.as_deref().map(Policy::resource);
        Ok(call)
    }
}

impl SimulatedCall {
    fn of(action: &str, resource: String, name: Option<(Kind, String)>) -> Self {
        SimulatedCall { action: action.to_owned(), resource, keys: Vec::new(), name, policy: None }
    }

    fn know_tags(&mut self, of_service: &str, tags: &BTreeMap<String, String>) {
        for (key, value) in tags {
            self.keys.extend(["aws:ResourceTag", of_service].map(|name| (format!("{name}/{key}"), value.clone())));
        }
    }
}
