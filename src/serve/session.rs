//! Temporary credentials: in memory only, with an end, and never with more rights than who they were issued for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use data_encoding::{BASE32, BASE64};
use rand::RngCore;
use rand::rngs::OsRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::locked::locked;
use super::sign::SigningKeys;
use crate::model::iam::{Policy, PolicyFault};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// How many sessions one credential has at most, or somebody without one. Of its own, the one that ends first makes room.
const MOST: usize = 1000;

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
    pub secret: SecretValue,
    pub token: SecretValue,
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
    pub expires: Timestamp,
    pub(super) secret: Arc<SecretValue>,
    pub(super) token: SecretValue,
    /// The token is enough, without a signature. Those of STS are sent with each request, also in the query of a presigned one.
    is_bearer: bool,
    pub(super) keys: SigningKeys,
}

impl Sessions {
    pub(crate) fn new(clock: fn() -> Timestamp) -> Self {
        Sessions { held: Mutex::default(), clock }
    }

    /// Issues a session that may do what a policy allows, for some seconds, with the rights of the server's member behind it.
    pub(crate) fn issue(&self, policy: &str, name: &str, seconds: i64) -> Result<Session, PolicyFault> {
        let rights = (None, Some(Policy::identity(policy)?));
        Ok(self.add(Token::made(true), name, rights, seconds))
    }

    /// Issues a session for a credential, that may do what that may do.
    /// Without an access key id it may do what the server's member may do.
    pub(crate) fn issue_for(&self, access_key: &str, name: &str, seconds: i64) -> Session {
        let parent = Some(access_key.to_owned()).filter(|id| !id.is_empty());
        self.add(Token::made(false), name, (parent, None), seconds)
    }

    /// Lets programs in that have only a token: with what a policy allows, or with what a credential may do.
    pub(crate) fn admit(&self, token: &str, rights: TokenRights<'_>, name: &str) -> Result<(), PolicyFault> {
        let (parent, policy) = match rights {
            TokenRights::Credential(id) => (Some(id.to_owned()), None),
            TokenRights::Policy(policy) => (None, Some(Policy::identity(policy)?)),
        };
        self.add(Token { text: token.to_owned(), is_enough: true }, name, (parent, policy), FOREVER);
        Ok(())
    }

    /// The session of a token that is enough by itself, with its access key id. Every one is compared, in the same time.
    pub(crate) fn with_token(&self, token: &str) -> Option<(String, Arc<Held>)> {
        let mut found = None;
        for (access_key, held) in locked(&self.held).iter().filter(|(_, held)| held.is_bearer) {
            if bool::from(held.token.reveal().ct_eq(token.as_bytes())) {
                found = Some((access_key.clone(), Arc::clone(held)));
            }
        }
        found.filter(|(_, held)| held.expires > (self.clock)())
    }

    /// The session of an access key id; also one that has ended a while ago.
    pub(crate) fn find(&self, access_key: &str) -> Option<Arc<Held>> {
        locked(&self.held).get(access_key).map(Arc::clone)
    }

    pub(crate) fn end(&self, access_key: &str) {
        locked(&self.held).remove(access_key);
    }

    fn add(
        &self,
        Token { text: token, is_enough: is_bearer }: Token,
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
        let mut held = locked(&self.held);
        make_room(&mut held, parent.as_ref(), policy.is_some());
        let (name, keys) = (name.to_owned(), SigningKeys::default());
        held.insert(access_key, Arc::new(Held { name, parent, policy, expires, secret, token, is_bearer, keys }));
        session
    }
}

struct Token {
    text: String,
    is_enough: bool,
}

impl Token {
    fn made(is_enough: bool) -> Self {
        Token { text: BASE64.encode(&*random::<96>()), is_enough }
    }
}

/// Ends a session of the same holder if they have too many: nobody ends those of others.
fn make_room(held: &mut HashMap<String, Arc<Held>>, parent: Option<&String>, has_policy: bool) {
    let own = || held.iter().filter(|(_, it)| it.parent.as_ref() == parent && it.policy.is_some() == has_policy);
    if own().count() < MOST {
        return;
    }
    if let Some(first) = own().min_by_key(|(_, held)| held.expires).map(|(id, _)| id.clone()) {
        held.remove(&first);
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
        let own = sessions.issue_for("AKIA", "app", 900);
        assert!(sessions.with_token(own.token.reveal_text().unwrap()).is_none(), "it takes a signature");
        assert!(sessions.with_token("").is_none() && sessions.with_token("tokem").is_none());
    }

    #[test]
    fn nobody_ends_the_sessions_of_others() {
        let sessions = Sessions::new(|| Timestamp::from_unix(1_800_000_000));
        let anything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let rotation = sessions.issue(anything, "rotation", 60).unwrap();
        let other = sessions.issue_for("AKIAOTHER", "other", 900);
        let first = sessions.issue_for("AKIA", "app", 900);
        let last: Vec<_> = (0..MOST).map(|_| sessions.issue_for("AKIA", "app", 129_600)).collect();
        let is_there = |session: &Session| sessions.find(&session.access_key).is_some();
        assert!(is_there(&rotation) && is_there(&other) && last.iter().all(is_there));
        assert!(!is_there(&first));
        sessions.end(&rotation.access_key);
        assert!(!is_there(&rotation));
    }
}
