//! The secret that a request names: `SecretId` (secrets-manager §2).

use std::sync::Arc;

use serde::Serialize;

use super::conditions::{Conditions, conditions, told};
use super::faults;
use crate::aws::secret_id::SecretId;
use crate::model::arn::Arn;
use crate::model::name::SecretName;
use crate::model::secret::Secret;
use crate::model::trust::Kind;
use crate::serve::answer::{Answer, answer};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::kept::Kept;
use crate::serve::members::Members;
use crate::serve::unanswered::Unanswered;

/// What is asked for, and the secret, if there is one.
pub(super) struct Target {
    /// Its ARN; of a secret that does not exist, what the client wrote.
    pub arn: String,
    /// Its ARN as the client wrote it, or may write it.
    written: String,
    /// The ARN names another account.
    is_foreign: bool,
    /// What conditions of policies see of it.
    conditions: Conditions,
    name: Option<SecretName>,
    kept: Option<Arc<Kept<Secret>>>,
}

/// The answer of operations that return which secret they have changed.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Named<'t> {
    #[serde(rename = "ARN")]
    arn: &'t str,
    name: &'t str,
}

pub(super) fn secret_id<'b>(members: &Members<'b>) -> &'b str {
    members.text("SecretId").required().length(1..=2048).or_empty()
}

impl Target {
    /// Finds the secret of a `SecretId`. A secret of another account is not found here.
    pub(super) fn find(call: &Call<'_>, id: &str) -> Result<Self, Unanswered> {
        let account = call.account();
        let is_foreign = Arn::parse(id).is_some_and(|arn| arn.is_secret() && arn.account != account.id);
        let named = parse(id)?;
        let kept = match &named {
            Some(named) => call.secret(named.name())?.filter(|secret| named.means(secret.suffix())),
            None => None,
        };
        let written = if id.starts_with("arn:") { id.to_owned() } else { account.missing_secret(id) };
        let arn = match &kept {
            Some(secret) if !is_foreign => account.secret(&secret.name, secret.suffix()),
            _ => written.clone(),
        };
        let conditions = kept.as_ref().map(|secret| conditions(call, secret)).unwrap_or_default();
        Ok(Target { arn, written, is_foreign, conditions, name: named.map(|named| named.name().clone()), kept })
    }

    /// What a caller asks for who reads or changes nothing of a value.
    pub(super) fn ask<'a>(&'a self, action: &'a str) -> Ask<'a> {
        let ask = Ask::new(action, self.arn.clone()).with("secretsmanager:SecretId", self.arn.clone());
        let ask = ask.shown(self.written.clone());
        match self.found() {
            Some(secret) => told(ask, secret, &self.conditions),
            None => ask,
        }
    }

    /// What a caller asks for who reads a value.
    pub(super) fn reading<'a>(&'a self, action: &'a str) -> Ask<'a> {
        let ask = self.ask(action);
        match self.found() {
            Some(secret) => ask.reads(Kind::Secret, secret.name.as_str()),
            None => ask,
        }
    }

    /// What a caller asks for who changes anything.
    pub(super) fn changing<'a>(&'a self, action: &'a str) -> Ask<'a> {
        let ask = self.ask(action);
        match self.found() {
            Some(secret) => ask.writes(Kind::Secret, secret.name.as_str()),
            None => ask,
        }
    }

    /// The secret, if there is one: also one that is marked for deletion.
    pub(super) fn found(&self) -> Option<&Arc<Kept<Secret>>> {
        self.kept.as_ref().filter(|_| !self.is_foreign)
    }

    /// Refuses to open or seal a value under the ARN of another account.
    pub(super) fn require_own_key(&self) -> Result<(), Fault> {
        if !self.is_foreign || self.kept.is_none() {
            return Ok(());
        }
        let text = "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS \
                    service key.";
        Err(faults::invalid_request(text))
    }

    /// The name in the request, if it can be one.
    pub(super) fn name(&self) -> Option<&SecretName> {
        self.name.as_ref()
    }

    /// The secret: also one that is marked for deletion.
    pub(super) fn secret(&self) -> Result<&Arc<Kept<Secret>>, Fault> {
        self.found().ok_or_else(faults::no_secret)
    }

    /// The secret, unless it is marked for deletion.
    pub(super) fn live(&self) -> Result<&Arc<Kept<Secret>>, Fault> {
        let secret = self.secret()?;
        secret.require_live().map_err(|error| faults::refusal(&secret.name, error))?;
        Ok(secret)
    }

    /// The secret, unless it is marked for deletion, or a copy: what a caller needs who changes it.
    pub(super) fn primary(&self) -> Result<&Arc<Kept<Secret>>, Fault> {
        let secret = self.live()?;
        secret.require_primary().map_err(|error| faults::refusal(&secret.name, error))?;
        Ok(secret)
    }

    /// Answers with ARN and name.
    pub(super) fn answer(&self, secret: &Secret) -> Answer {
        answer(&Named { arn: &self.arn, name: secret.name.as_str() })
    }
}

/// What a `SecretId` says; `None` if it is a name of AWS that no secret can have here.
fn parse(id: &str) -> Result<Option<SecretId>, Fault> {
    let named = if id.starts_with("arn:") {
        Arn::parse(id).and_then(|arn| arn.secret()).ok_or_else(faults::no_name)?
    } else {
        id
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c);
    if !named.chars().all(fits) {
        return Err(faults::no_name());
    }
    Ok(id.parse().ok())
}
