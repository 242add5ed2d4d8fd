//! Who signed a request: a credential of the vault, or a temporary session.

use std::sync::Arc;

use subtle::ConstantTimeEq;

use super::call::{Pace, purpose};
use super::caller::{Caller, Rights};
use super::kept::Kept;
use super::principal::Principal;
use super::served::{Current, Served};
use super::session::Held;
use super::sign::{Claim, Head, Refusal, SigningKeys, verify};
use super::unanswered::{NotInMemory, Unanswered};
use crate::engine::{CredentialState, Error, Vault};
use crate::model::credential::{AccessKeyId, Credential};
use crate::model::value::SecretValue;

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

pub(super) fn identify(
    served: &Served,
    current: &Current,
    signed: &Signed<'_>,
    pace: Pace,
) -> Result<Caller, Unanswered> {
    let visitor = || Ok(Caller::visitor(current.vault.whoami()?.name, &served.account(current, "")));
    let Some(claim) = signed.claim else {
        return if signed.is_open { visitor() } else { Err(Refusal::missing().into()) };
    };
    let finder = Finder { served, current, pace };
    if let Some(held) = served.sessions.find(&claim.access_key) {
        claim.check(&signed.head, signed.service, (served.clock)())?;
        return finder.session(claim, signed, held);
    }
    let Some(principal) = finder.principal(&claim.access_key)? else {
        // Whatever an SDK must be given to sign with is as good as nothing.
        return if signed.is_open { visitor() } else { Err(Refusal::unrecognized().into()) };
    };
    claim.check(&signed.head, signed.service, (served.clock)())?;
    finder.check_state(&principal)?;
    let secret = finder.secret(&principal)?;
    verify(claim, &signed.head, signed.body_hash, &secret, &principal.keys)?;
    if claim.token.is_some() {
        return Err(Refusal::unrecognized().into());
    }
    Ok(finder.caller(principal, None))
}

/// Who has shown the token of a session.
pub(super) fn identify_holder(
    served: &Served,
    current: &Current,
    access_key: &str,
    held: Arc<Held>,
    pace: Pace,
) -> Result<Caller, Unanswered> {
    Finder { served, current, pace }.holder(access_key, held)
}

struct Finder<'s> {
    served: &'s Served,
    current: &'s Current,
    pace: Pace,
}

impl Finder<'_> {
    fn session(&self, claim: &Claim, signed: &Signed<'_>, held: Arc<Held>) -> Result<Caller, Unanswered> {
        verify(claim, &signed.head, signed.body_hash, &held.secret, &held.keys)?;
        let token = claim.token.as_deref().unwrap_or_default();
        if !bool::from(held.token.reveal().ct_eq(token.as_bytes())) {
            return Err(Refusal::unrecognized().into());
        }
        self.holder(&claim.access_key, held)
    }

    /// Who holds a session.
    fn holder(&self, access_key: &str, held: Arc<Held>) -> Result<Caller, Unanswered> {
        if held.expires <= (self.served.clock)() {
            return Err(Refusal::expired().into());
        }
        let Some(parent) = &held.parent else {
            let member = self.current.vault.whoami()?.name;
            return Ok(Caller::session(member, &self.served.account(self.current, ""), access_key, &held));
        };
        let principal = self.principal(parent)?.ok_or_else(Refusal::unrecognized)?;
        self.check_state(&principal)?;
        Ok(Caller { access_key: access_key.to_owned(), ..self.caller(principal, Some(held)) })
    }

    /// The credential of an access key id; `None` if nobody has that.
    fn principal(&self, access_key: &str) -> Result<Option<Arc<Kept<Principal>>>, Unanswered> {
        let Ok(id) = access_key.parse::<AccessKeyId>() else { return Ok(None) };
        let imprint = self.current.vault.imprint::<Credential>(&id)?;
        self.current.principals.find(&id, imprint, || {
            let credential = match self.vault()?.issued_credential(&id) {
                Err(Error::NoCredential(_)) => return Ok(None),
                found => found?,
            };
            // One whose policy cannot be read may do nothing; it is not unknown, either.
            let policy = credential.parsed_policy().map_err(|_| Refusal::unrecognized())?;
            Ok(Some(Principal { credential, policy, keys: SigningKeys::default() }))
        })
    }

    fn secret(&self, principal: &Kept<Principal>) -> Result<Arc<SecretValue>, Unanswered> {
        let version = principal.credential.versions.first().ok_or_else(Refusal::unrecognized)?;
        if let Some(secret) = principal.value(&version.uid) {
            return Ok(secret);
        }
        let vault = self.vault()?;
        let secret = vault.secret_access_key(&principal.credential)?;
        vault.finish();
        Ok(principal.keep(version.uid, secret))
    }

    fn check_state(&self, principal: &Principal) -> Result<(), Unanswered> {
        match self.current.vault.credential_state(&principal.credential, (self.served.clock)()) {
            CredentialState::Active => Ok(()),
            CredentialState::Expired => Err(Refusal::expired().into()),
            _ => Err(Refusal::unrecognized().into()),
        }
    }

    fn caller(&self, principal: Arc<Kept<Principal>>, session: Option<Arc<Held>>) -> Caller {
        let credential = &principal.credential;
        let (id, arn) = (credential.name.to_string(), credential.principal(&self.served.account(self.current, "")));
        let (name, member) = (credential.description.clone(), credential.member.clone());
        Caller::new(&id, &name, member, arn, Rights { principal: Some(principal), session })
    }

    fn vault(&self) -> Result<Vault<'static>, NotInMemory> {
        match self.pace {
            Pace::Quick => Err(NotInMemory),
            Pace::Full => Ok(self.current.vault.for_request(purpose(self.served, "authentication", None))),
        }
    }
}
