//! Signing keys: derived from a secret access key for one day, region and service.

use std::sync::Mutex;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::claim::Scope;
use crate::model::value::SecretValue;
use crate::serve::locked::locked;

/// How many keys are kept for one credential.
const MOST: usize = 8;

type Key = Zeroizing<[u8; 32]>;

/// The signing keys of one credential that were derived already. They are wiped with it.
#[derive(Default)]
pub struct SigningKeys(Mutex<Vec<(String, Key)>>);

impl SigningKeys {
    /// What the secret access key makes of a text in a scope.
    pub(super) fn sign(&self, secret: &SecretValue, scope: &Scope<'_>, text: &str) -> Key {
        let wanted = scope.to_string();
        let mut keys = locked(&self.0);
        if let Some((_, key)) = keys.iter().find(|(scope, _)| *scope == wanted) {
            return mac(&**key, text);
        }
        let key = derive(secret, scope);
        let signed = mac(&*key, text);
        if keys.len() >= MOST {
            keys.remove(0);
        }
        keys.push((wanted, key));
        signed
    }
}

fn derive(secret: &SecretValue, scope: &Scope<'_>) -> Key {
    let first = Zeroizing::new([b"AWS4", secret.reveal()].concat());
    let date = mac(&first, scope.date);
    let region = mac(&*date, scope.region);
    let service = mac(&*region, scope.service);
    mac(&*service, "aws4_request")
}

fn mac(key: &[u8], text: &str) -> Key {
    let mut out = Zeroizing::new([0; 32]);
    // Keys of every length are valid.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return out };
    mac.update(text.as_bytes());
    out.copy_from_slice(&mac.finalize().into_bytes());
    out
}
