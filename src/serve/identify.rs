//! Who signed a request: a credential of the vault, or a temporary session.

use std::sync::Arc;

use subtle::ConstantTimeEq;

use super::call::{Pace, purpose};
use super::caller::{Caller, Origin, Rights};
use super::kept::Kept;
use super::principal::Principal;
use super::served::{Current, Served};
use super::session::Held;
use super::sign::{Claim, Head, Refusal, verify};
use crate::engine::{CredentialState, Error, Vault};
use crate::model::credential::{AccessKeyId, Credential};
use crate::model::value::SecretValue;

/// Why somebody is not let in.
pub(super) enum Denied {
    /// The claim is not true, or of nobody.
    Refused(Refusal),
    /// The vault could not say.
    Failed(Error),
    /// The answer is not in memory.
    Slow,
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Denied::Refused(refusal)
    }
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Denied::Failed(error)
    }
}

/// One request whose signature is to be checked.
pub(super) struct Signed<'r> {
    /// What it claims; `None` without a signature.
    pub claim: Option<&'r Claim>,
    pub head: Head<'r>,
    pub body_hash: &'r str,
    /// The signing name of the service that is called.
    pub service: &'r str,
    /// Whether requests of nobody are accepted.
    pub is_open: bool,
}

/// Who signed a request.
pub(super) fn identify(served: &Served, current: &Current, signed: &Signed<'_>, pace: Pace) -> Result<Caller, Denied> {
    let visitor = || Ok(Caller::visitor(current.vault.whoami()?.name, &served.account(current, "")));
    let Some(claim) = signed.claim else {
        return if signed.is_open { visitor() } else { Err(Refusal::missing().into()) };
    };
    let finder = Finder { served, current, pace };
    if let Some(held) = served.sessions.find(&claim.access_key) {
        claim.check(&signed.head, signed.service, (served.clock)())?;
        return finder.session(claim, signed, held);
    }
    let known = finder.principal(&claim.access_key)?;
    let Some((kept, principal)) = known.as_ref().and_then(|kept| Some((kept, kept.document.as_ref()?))) else {
        // Whatever an SDK must be given to sign with is as good as nothing.
        return if signed.is_open { visitor() } else { Err(Refusal::unrecognized().into()) };
    };
    claim.check(&signed.head, signed.service, (served.clock)())?;
    finder.check_state(principal)?;
    let secret = finder.secret(kept, principal)?;
    verify(claim, &signed.head, signed.body_hash, &secret, &principal.keys)?;
    if claim.token.is_some() {
        return Err(Refusal::unrecognized().into());
    }
    Ok(finder.caller(kept, principal, None))
}

/// Who has shown the token of a session.
pub(super) fn identify_holder(
    served: &Served,
    current: &Current,
    (access_key, held): (&str, Arc<Held>),
    pace: Pace,
) -> Result<Caller, Denied> {
    Finder { served, current, pace }.holder(access_key, held)
}

struct Finder<'s> {
    served: &'s Served,
    current: &'s Current,
    pace: Pace,
}

impl Finder<'_> {
    fn session(&self, claim: &Claim, signed: &Signed<'_>, held: Arc<Held>) -> Result<Caller, Denied> {
        verify(claim, &signed.head, signed.body_hash, &held.secret, &held.keys)?;
        let token = claim.token.as_deref().unwrap_or_default();
        if !bool::from(held.token.reveal().ct_eq(token.as_bytes())) {
            return Err(Refusal::unrecognized().into());
        }
        self.holder(&claim.access_key, held)
    }

    /// Who holds a session.
    fn holder(&self, access_key: &str, held: Arc<Held>) -> Result<Caller, Denied> {
        if held.expires <= (self.served.clock)() {
            return Err(Refusal::expired().into());
        }
        let Some(parent) = &held.parent else {
            let member = self.current.vault.whoami()?.name;
            return Ok(Caller::session(member, &self.served.account(self.current, ""), access_key, held));
        };
        let known = self.principal(parent)?.ok_or_else(Refusal::unrecognized)?;
        let principal = known.document.as_ref().ok_or_else(Refusal::unrecognized)?;
        self.check_state(principal)?;
        Ok(Caller { access_key: access_key.to_owned(), ..self.caller(&known, principal, Some(held)) })
    }

    /// The credential of an access key id; `None` if nobody has that.
    fn principal(&self, access_key: &str) -> Result<Option<Arc<Kept<Principal>>>, Denied> {
        let Ok(id) = access_key.parse::<AccessKeyId>() else { return Ok(None) };
        let imprint = self.current.vault.imprint::<Credential>(&id)?;
        if let Some(kept) = self.current.principals.get(&id, &imprint) {
            return Ok(Some(kept));
        }
        let principal = match self.vault()?.issued_credential(&id) {
            // One whose policy cannot be read may do nothing; it is not unknown, either.
            Ok(credential) => match credential.parsed_policy() {
                Ok(policy) => Some(Principal::new(credential, policy)),
                Err(_) => return Err(Refusal::unrecognized().into()),
            },
            Err(Error::NoCredential(_)) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Some(self.current.principals.put(id, imprint, principal)))
    }

    fn secret(&self, kept: &Kept<Principal>, principal: &Principal) -> Result<Arc<SecretValue>, Denied> {
        let version = principal.credential.versions.first().ok_or_else(Refusal::unrecognized)?;
        if let Some(secret) = kept.value(&version.uid) {
            return Ok(secret);
        }
        let vault = self.vault()?;
        let secret = vault.secret_access_key(&principal.credential)?;
        vault.finish();
        Ok(kept.keep(version.uid, secret))
    }

    fn check_state(&self, principal: &Principal) -> Result<(), Denied> {
        match self.current.vault.credential_state(&principal.credential, (self.served.clock)()) {
            CredentialState::Active => Ok(()),
            CredentialState::Expired => Err(Refusal::expired().into()),
            _ => Err(Refusal::unrecognized().into()),
        }
    }

    fn caller(&self, kept: &Arc<Kept<Principal>>, principal: &Principal, session: Option<Arc<Held>>) -> Caller {
        let (credential, account) = (&principal.credential, self.served.account(self.current, ""));
        Caller {
            access_key: credential.name.to_string(),
            name: credential.description.clone(),
            member: credential.member.clone(),
            agent: String::new(),
            origin: Origin::default(),
            arn: credential.principal(&account),
            rights: Rights { principal: Some(Arc::clone(kept)), session },
        }
    }

    fn vault(&self) -> Result<Vault<'static>, Denied> {
        match self.pace {
            Pace::Quick => Err(Denied::Slow),
            Pace::Full => Ok(self.current.vault.for_request(purpose(self.served, "authentication", None))),
        }
    }
}
