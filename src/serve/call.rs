//! One call of an operation, with everything that the operation may use.

mod permission;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::accessed::Accessed;
use super::caller::Caller;
use super::continuation::foreign;
use super::fault::Fault;
use super::kept::Kept;
use super::members::Members;
use super::operation::Operation;
use super::rotations::Rotations;
use super::served::{Current, Served};
use super::settings::Settings;
use super::tally::{Of, Read, Recorded};
use super::untagged::Untagged;
use crate::aws::error::Service;
use crate::engine::{Error, Imprint, Purpose, Valuable, Valued, Vault};
use crate::model::arn::Account;
use crate::model::name::{ParameterName, ParameterPath, SecretName};
use crate::model::parameter::{Parameter, Version};
use crate::model::secret::{Secret, SecretError, SecretVersion};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;
use crate::store::files::Reach;

/// How much a call may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Only what is in memory: anything else fails with [`Fault::slow`], and the call is made again.
    Quick,
    /// Everything: reading, decrypting, writing, waiting for the disk.
    Full,
}

/// One call.
pub(crate) struct Call<'s> {
    /// What is called.
    pub operation: Operation,
    /// The members of the request.
    pub body: &'s Map<String, Value>,
    /// Who calls.
    pub caller: &'s Caller,
    /// The region of the credential scope, for ARNs.
    pub region: &'s str,
    /// The time of the request.
    pub now: Timestamp,
    /// What it may do.
    pub pace: Pace,
    recorded: &'s Recorded,
    served: &'s Served,
    current: Arc<Current>,
    purpose: Purpose,
    vault: Vault<'static>,
}

impl<'s> Call<'s> {
    /// Prepares a call.
    pub(crate) fn new(
        (served, current): (&'s Served, Arc<Current>),
        operation: Operation,
        body: &'s Map<String, Value>,
        (caller, region): (&'s Caller, &'s str),
        (pace, recorded): (Pace, &'s Recorded),
    ) -> Self {
        let purpose = purpose(served, operation.name, Some(caller));
        let vault = current.vault.for_request(purpose.clone());
        Call { operation, body, caller, region, now: (served.clock)(), pace, recorded, served, current, purpose, vault }
    }

    /// Which service is called.
    pub(crate) fn service(&self) -> Service {
        self.operation.service
    }

    /// The members of the request, to be checked.
    pub(crate) fn members(&self) -> Members<'s> {
        Members::of(self.body, self.service())
    }

    /// The vault, to do everything with. A quick call ends here.
    pub(crate) fn vault(&self) -> Result<&Vault<'static>, Fault> {
        if self.pace == Pace::Quick { Err(Fault::slow()) } else { Ok(&self.vault) }
    }

    /// The vault for a thread that goes on after the answer, with a purpose of its own.
    pub(crate) fn vault_of_its_own(&self) -> Vault<'static> {
        self.current.vault.for_request(self.vault.purpose().clone())
    }

    /// Ends the work of such a thread.
    pub(crate) fn conclusion(&self) -> impl FnOnce(Vault<'static>) + Send + use<> {
        self.served.conclusion()
    }

    /// The vault as it is served, which knows the others of the same server.
    pub(crate) fn served(&self) -> &'s Served {
        self.served
    }

    /// How rotations run, if clients may begin any.
    pub(crate) fn rotations(&self) -> Option<&'s Arc<Rotations>> {
        self.served.rotations.get()
    }

    /// The time of day.
    pub(crate) fn clock(&self) -> fn() -> Timestamp {
        self.served.clock
    }

    /// What a failure of the vault is for the client.
    pub(crate) fn fault(&self, error: &Error) -> Fault {
        Fault::of(error, self.service())
    }

    /// Secrets that have lost their last tag.
    pub(crate) fn untagged(&self) -> &Untagged {
        &self.served.untagged
    }

    /// When values of secrets were read.
    pub(crate) fn accessed(&self) -> &Accessed {
        &self.served.accessed
    }

    /// What clients have set.
    pub(crate) fn settings(&self) -> &Settings {
        &self.served.settings
    }

    /// What a broken rule of a secret is for the client.
    pub(crate) fn refusal(&self, name: &(impl ToString + ?Sized), error: SecretError) -> Fault {
        self.fault(&Error::Secret { name: name.to_string(), error })
    }

    /// The account and region for ARNs.
    pub(crate) fn account(&self) -> Account {
        self.served.account(&self.current, self.region)
    }

    /// The parameter of a name, if there is one that has not expired.
    pub(crate) fn parameter(&self, name: &ParameterName) -> Result<Option<Arc<Kept<Parameter>>>, Fault> {
        let imprint = self.imprint::<Parameter>(name)?;
        let kept = match self.current.parameters.get(name, &imprint) {
            Some(kept) => kept,
            None => self.current.parameters.put(name.clone(), imprint, self.find(name)?),
        };
        Ok(Some(kept).filter(|kept| kept.document.as_ref().is_some_and(|parameter| parameter.lives(self.now))))
    }

    /// The names of all parameters, sorted. They stay in memory until a directory changes.
    pub(crate) fn parameter_names(&self) -> Result<Arc<[ParameterName]>, Fault> {
        self.current.roll.all(self.vault()?, self.now).map_err(|error| self.fault(&error))
    }

    /// The names of the parameters below a path, sorted.
    pub(crate) fn parameter_names_below(
        &self,
        path: &ParameterPath,
        reach: Reach,
    ) -> Result<Vec<ParameterName>, Fault> {
        self.current.roll.below(self.vault()?, (path, reach), self.now).map_err(|error| self.fault(&error))
    }

    /// The secret of a name, if there is one; also one that is marked for deletion.
    pub(crate) fn secret(&self, name: &SecretName) -> Result<Option<Arc<Kept<Secret>>>, Fault> {
        let imprint = self.imprint::<Secret>(name)?;
        let kept = match self.current.secrets.get(name, &imprint) {
            Some(kept) => kept,
            None => self.current.secrets.put(name.clone(), imprint, self.find(name)?),
        };
        Ok(Some(kept).filter(|kept| kept.document.is_some()))
    }

    /// The value of a parameter's version, which is recorded each time, or counted.
    pub(crate) fn parameter_value(
        &self,
        kept: &Arc<Kept<Parameter>>,
        parameter: &Parameter,
        version: &Version,
    ) -> Result<Arc<SecretValue>, Fault> {
        self.reveal(kept, parameter, version, Of::Parameter)
    }

    /// The value of a secret's version, which is recorded each time, or counted.
    pub(crate) fn secret_value(
        &self,
        kept: &Arc<Kept<Secret>>,
        secret: &Secret,
        version: &SecretVersion,
    ) -> Result<Arc<SecretValue>, Fault> {
        let value = self.reveal(kept, secret, version, Of::Secret)?;
        self.served.accessed.add(secret.id, version.uid, self.now);
        Ok(value)
    }

    fn reveal<D: Valued>(
        &self,
        kept: &Arc<Kept<D>>,
        document: &D,
        version: &D::Version,
        of: fn(Arc<Kept<D>>) -> Of,
    ) -> Result<Arc<SecretValue>, Fault> {
        let uid = version.uid();
        let Some(value) = kept.value(&uid) else {
            let value = self.vault()?.reveal(document, version).map_err(|error| self.fault(&error))?;
            self.recorded.add(uid);
            return Ok(kept.keep(uid, value));
        };
        if !self.recorded.has(&uid) {
            self.record(kept, document, version, of)?;
            self.recorded.add(uid);
        }
        Ok(value)
    }

    /// Records that a value in memory is read, or counts it.
    fn record<D: Valued>(
        &self,
        kept: &Arc<Kept<D>>,
        document: &D,
        version: &D::Version,
        of: fn(Arc<Kept<D>>) -> Of,
    ) -> Result<(), Fault> {
        let read = Read { by: self.caller.access_key.clone(), with: self.operation.name, version: version.uid() };
        if self.served.tally.counts(&read) {
            return Ok(());
        }
        self.vault.reveal_again(document, version, 1).map_err(|error| self.fault(&error))?;
        if self.vault.may_count_uses() {
            let open = || self.vault.for_request(self.purpose.clone());
            self.served.tally.begin(&read, of(Arc::clone(kept)), open);
        }
        Ok(())
    }

    /// After which name the requested page begins; `None` for the first page.
    pub(crate) fn page_after(&self) -> Result<Option<String>, Fault> {
        let Some(token) = self.body.get("NextToken").and_then(Value::as_str) else { return Ok(None) };
        let last = self.served.continuations.last(self.operation.name, self.body, token);
        last.map(Some).ok_or_else(|| foreign(self.service()))
    }

    /// The token of the page that begins after a name.
    pub(crate) fn next_token(&self, last: &str) -> String {
        self.served.continuations.token(self.operation.name, self.body, last)
    }

    /// Remembers what was seen. Call it once the answer is ready.
    pub(crate) fn finish(self) {
        if self.pace == Pace::Full {
            self.served.conclude(self.vault);
        }
    }

    fn imprint<D: Valued>(&self, name: &D::Name) -> Result<Imprint, Fault> {
        self.vault.imprint::<D>(name).map_err(|error| self.fault(&error))
    }

    fn find<D: Valued>(&self, name: &D::Name) -> Result<Option<D>, Fault> {
        self.vault()?.find(name).map_err(|error| self.fault(&error))
    }
}

/// Why a vault is opened for a request.
pub(super) fn purpose(served: &Served, name: &str, caller: Option<&Caller>) -> Purpose {
    Purpose {
        name: format!("serve {name}"),
        caller: caller.map(|it| format!("{} {}", it.access_key, it.name)).unwrap_or_default(),
        // The client and its version; the rest is about its parts.
        program: caller.and_then(|it| it.agent.split(' ').next()).unwrap_or_default().to_owned(),
        // What was typed started the server, and asked for none of this.
        typed: String::new(),
        ..served.purpose.clone()
    }
}
