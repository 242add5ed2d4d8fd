//! One call of an operation, with everything that the operation may use.

mod operation;
mod permission;

use std::hash::Hash;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::accessed::Accessed;
use super::answer::Answer;
use super::caller::Caller;
use super::continuation::foreign;
use super::kept::{Kept, Shelf};
use super::members::Members;
use super::moments::Dated;
use super::rotations::Rotations;
use super::served::{Current, Served};
use super::settings::Settings;
use super::tally::{Read, Recorded, record_again};
use super::unanswered::{NotInMemory, Unanswered};
use super::untagged::Untagged;
use crate::aws::error::Service;
use crate::engine::{Purpose, Valuable, Valued, Vault};
use crate::model::arn::Account;
use crate::model::name::{ParameterName, ParameterPath, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::{Secret, SecretVersion};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;
use crate::store::files::Reach;

pub(crate) use self::operation::{Operation, Run};

/// How much a call may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Only what is in memory: anything else ends with [`NotInMemory`], and the call is made again.
    Quick,
    /// Everything: reading, decrypting, writing, waiting for the disk.
    Full,
}

/// What somebody asks for, once it is known who that is.
pub(crate) struct Request<'s> {
    pub operation: Operation,
    pub body: &'s Map<String, Value>,
    pub caller: &'s Caller,
    /// The region of the credential scope, for ARNs.
    pub region: &'s str,
    /// What the call may do.
    pub pace: Pace,
    /// What earlier attempts have recorded.
    pub recorded: &'s Recorded,
}

pub(crate) struct Call<'s> {
    pub request: Request<'s>,
    /// The time of the request.
    pub now: Timestamp,
    served: &'s Served,
    current: Arc<Current>,
    vault: Vault<'static>,
}

impl<'s> Call<'s> {
    pub(crate) fn new(served: &'s Served, current: Arc<Current>, request: Request<'s>) -> Self {
        let vault = current.vault.for_request(purpose(served, request.operation.name, Some(request.caller)));
        Call { request, now: (served.clock)(), served, current, vault }
    }

    /// Answers it, and remembers what was seen.
    pub(crate) fn answer(self) -> Answer {
        let answer = (self.request.operation.run)(&self);
        if self.request.pace == Pace::Full {
            self.served.conclude(self.vault);
        }
        answer
    }

    pub(crate) fn service(&self) -> Service {
        self.request.operation.service
    }

    /// The action that policies allow or deny, such as `ssm:GetParameter`.
    pub(crate) fn action(&self) -> String {
        format!("{}:{}", self.service().as_str(), self.request.operation.name)
    }

    /// The members of the request, to be checked.
    pub(crate) fn members(&self) -> Members<'s> {
        Members::of(self.request.body, self.service())
    }

    /// The vault, to do everything with. A quick call ends here.
    pub(crate) fn vault(&self) -> Result<&Vault<'static>, NotInMemory> {
        if self.request.pace == Pace::Quick { Err(NotInMemory) } else { Ok(&self.vault) }
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

    /// The account and region for ARNs.
    pub(crate) fn account(&self) -> Account {
        self.served.account(&self.current, self.request.region)
    }

    /// The parameter of a name, if there is one that has not expired.
    pub(crate) fn parameter(&self, name: &ParameterName) -> Result<Option<Arc<Kept<Parameter>>>, Unanswered> {
        let found = self.find(&self.current.parameters, name)?;
        Ok(found.filter(|parameter| parameter.lives(self.now)))
    }

    /// The names of all parameters, sorted. They stay in memory until a directory changes.
    pub(crate) fn parameter_names(&self) -> Result<Arc<[ParameterName]>, Unanswered> {
        Ok(self.current.roll.all(self.vault()?, self.now)?)
    }

    /// The names of the parameters below a path, sorted.
    pub(crate) fn parameter_names_below(
        &self,
        path: &ParameterPath,
        reach: Reach,
    ) -> Result<Vec<ParameterName>, Unanswered> {
        Ok(self.current.roll.below(self.vault()?, path, reach, self.now)?)
    }

    /// The secret of a name, if there is one; also one that is marked for deletion.
    pub(crate) fn secret(&self, name: &SecretName) -> Result<Option<Arc<Kept<Secret>>>, Unanswered> {
        self.find(&self.current.secrets, name)
    }

    /// The value of a secret's version. See [`Call::value`].
    pub(crate) fn secret_value(
        &self,
        kept: &Arc<Kept<Secret>>,
        version: &SecretVersion,
    ) -> Result<Arc<SecretValue>, Unanswered> {
        let value = self.value(kept, version)?;
        self.served.accessed.add(kept.id, version.uid, self.now);
        Ok(value)
    }

    /// The value of a version, which is recorded each time, or counted.
    pub(crate) fn value<D: Valued + Send + Sync + 'static>(
        &self,
        kept: &Arc<Kept<D>>,
        version: &D::Version,
    ) -> Result<Arc<SecretValue>, Unanswered> {
        let (uid, recorded) = (version.uid(), self.request.recorded);
        let Some(value) = kept.value(&uid) else {
            let value = self.vault()?.reveal(&***kept, version)?;
            recorded.add(uid);
            return Ok(kept.keep(uid, value));
        };
        if !recorded.has(&uid) {
            self.record(kept, version)?;
            recorded.add(uid);
        }
        Ok(value)
    }

    /// Records that a value in memory is read, or counts it.
    fn record<D: Valued + Send + Sync + 'static>(
        &self,
        kept: &Arc<Kept<D>>,
        version: &D::Version,
    ) -> Result<(), Unanswered> {
        let Request { caller, operation, .. } = &self.request;
        let uid = version.uid();
        let read = Read { by: caller.access_key.clone(), with: operation.name, version: uid };
        if self.served.tally.counts(&read) {
            return Ok(());
        }
        self.vault.reveal_again(&***kept, version, 1)?;
        if self.vault.may_count_uses() {
            let kept = Arc::clone(kept);
            let record = move |vault: &Vault<'static>, times| record_again(vault, &**kept, uid, times);
            self.served.tally.begin(&read, || self.vault_of_its_own(), Box::new(record));
        }
        Ok(())
    }

    /// After which name the requested page begins; `None` for the first page.
    pub(crate) fn page_after(&self) -> Result<Option<String>, Unanswered> {
        let Request { body, operation, .. } = &self.request;
        let Some(token) = body.get("NextToken").and_then(Value::as_str) else { return Ok(None) };
        let last = self.served.continuations.last(operation.name, body, token);
        Ok(Some(last.ok_or_else(|| foreign(self.service()))?))
    }

    /// The token of the page that begins after a name.
    pub(crate) fn next_token(&self, last: &str) -> String {
        self.served.continuations.token(self.request.operation.name, self.request.body, last)
    }

    fn find<D: Valued<Name: Hash> + Dated>(
        &self,
        shelf: &Shelf<D::Name, D>,
        name: &D::Name,
    ) -> Result<Option<Arc<Kept<D>>>, Unanswered> {
        shelf.find(name, self.vault.imprint::<D>(name)?, || Ok(self.vault()?.find(name)?))
    }
}

/// The vault as it is now, for an attempt at that pace.
pub(super) fn current(served: &Served, pace: Pace) -> Result<Arc<Current>, Unanswered> {
    match pace {
        Pace::Quick => Ok(served.unchanged()?.ok_or(NotInMemory)?),
        Pace::Full => Ok(served.current()?),
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
