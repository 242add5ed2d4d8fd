//! Temporary credentials: in memory only, with an end, and never with more rights than who they were issued for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use data_encoding::{BASE32, BASE64};
use rand::RngCore;
use rand::rngs::OsRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::sign::SigningKeys;
use crate::model::iam::{Policy, PolicyFault};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// How many sessions there are at most. The one that ends first makes room.
const MOST: usize = 10_000;

/// How long the tokens of programs last, in seconds: as long as the server.
const FOREVER: i64 = 100 * 365 * 86_400;

/// What somebody with a token may do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TokenRights<'a> {
    /// What the credential of this access key id may do.
    Credential(&'a str),
    /// What a policy allows the server's member.
    Policy(&'a str),
}

/// The sessions of one server. They end with the process.
pub(crate) struct Sessions {
    held: Mutex<HashMap<String, Arc<Held>>>,
    clock: fn() -> Timestamp,
}

/// What a program needs to call as a session. The server keeps none of these texts but to compare with them.
pub(crate) struct Session {
    /// `ASIA` and 16 characters.
    pub access_key: String,
    /// The secret access key.
    pub secret: SecretValue,
    /// The session token.
    pub token: SecretValue,
    /// When it ends.
    pub expires: Timestamp,
}

/// A session as the server knows it.
pub(crate) struct Held {
    /// What people call it.
    pub name: String,
    /// Which credential it was issued for; none: the server itself issued it.
    pub parent: Option<String>,
    /// What it may do; none: what its parent may do.
    pub policy: Option<Policy>,
    /// When it ends.
    pub expires: Timestamp,
    pub(super) secret: Arc<SecretValue>,
    pub(super) token: SecretValue,
    pub(super) keys: SigningKeys,
}

impl Sessions {
    pub(crate) fn new(clock: fn() -> Timestamp) -> Self {
        Sessions { held: Mutex::default(), clock }
    }

    /// Issues a session that may do what a policy allows, for some seconds, with the rights of the server's member behind it.
    pub(crate) fn issue(&self, policy: &str, name: &str, seconds: i64) -> Result<Session, PolicyFault> {
        Ok(self.add(name, None, Some(Policy::identity(policy)?), seconds))
    }

    /// Issues a session for a credential, that may do what that may do.
    /// Without an access key id it may do what the server's member may do.
    pub(crate) fn issue_for(&self, access_key: &str, name: &str, seconds: i64) -> Session {
        self.add(name, Some(access_key.to_owned()).filter(|id| !id.is_empty()), None, seconds)
    }

    /// Lets programs in that have only a token: with what a policy allows, or with what a credential may do.
    pub(crate) fn admit(&self, token: &str, rights: TokenRights<'_>, name: &str) -> Result<(), PolicyFault> {
        let (parent, policy) = match rights {
            TokenRights::Credential(id) => (Some(id.to_owned()), None),
            TokenRights::Policy(policy) => (None, Some(Policy::identity(policy)?)),
        };
        self.add_with(token.to_owned(), name, (parent, policy), FOREVER);
        Ok(())
    }

    /// The session of a token, with its access key id. Every token is compared, in the same time.
    pub(crate) fn with_token(&self, token: &str) -> Option<(String, Arc<Held>)> {
        let mut found = None;
        for (access_key, held) in &*self.held() {
            if bool::from(held.token.reveal().ct_eq(token.as_bytes())) {
                found = Some((access_key.clone(), Arc::clone(held)));
            }
        }
        found.filter(|(_, held)| held.expires > (self.clock)())
    }

    /// The session of an access key id; also one that has ended a while ago.
    pub(crate) fn find(&self, access_key: &str) -> Option<Arc<Held>> {
        self.held().get(access_key).map(Arc::clone)
    }

    fn add(&self, name: &str, parent: Option<String>, policy: Option<Policy>, seconds: i64) -> Session {
        self.add_with(BASE64.encode(&*random::<96>()), name, (parent, policy), seconds)
    }

    fn add_with(
        &self,
        token: String,
        name: &str,
        (parent, policy): (Option<String>, Option<Policy>),
        seconds: i64,
    ) -> Session {
        let expires = Timestamp::from_unix((self.clock)().unix().saturating_add(seconds));
        let access_key = format!("ASIA{}", BASE32.encode(&*random::<10>()));
        let secret = BASE64.encode(&*random::<30>());
        let session = Session {
            access_key: access_key.clone(),
            secret: SecretValue::from_text(secret.clone()),
            token: SecretValue::from_text(token.clone()),
            expires,
        };
        let (secret, token) = (Arc::new(SecretValue::from_text(secret)), SecretValue::from_text(token));
        let mut held = self.held();
        if held.len() >= MOST
            && let Some(first) = held.iter().min_by_key(|(_, held)| held.expires).map(|(id, _)| id.clone())
        {
            held.remove(&first);
        }
        let (name, keys) = (name.to_owned(), SigningKeys::default());
        held.insert(access_key, Arc::new(Held { name, parent, policy, expires, secret, token, keys }));
        session
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Arc<Held>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn random<const LENGTH: usize>() -> Zeroizing<[u8; LENGTH]> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    OsRng.fill_bytes(&mut *bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_found_with_its_token() {
        let sessions = Sessions::new(|| Timestamp::from_unix(1_800_000_000));
        let anything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let session = sessions.issue(anything, "rotation of prod/db", 900).unwrap();
        assert_eq!((session.access_key.len(), session.secret.reveal().len()), (20, 40));
        let held = sessions.find(&session.access_key).unwrap();
        assert_eq!((held.token.reveal(), held.expires.unix()), (session.token.reveal(), 1_800_000_900));
        assert!(sessions.issue("{}", "nobody", 900).is_err());
        sessions.admit("token", TokenRights::Policy(anything), "cache").unwrap();
        assert_eq!(sessions.with_token("token").unwrap().1.name, "cache");
        assert!(sessions.with_token("").is_none() && sessions.with_token("tokem").is_none());
    }
}
