//! Values: sealed for one place, opened only there.

use rand::rngs::OsRng;

use super::error::{Error, Result};
use super::vault::Vault;
use crate::crypto::value::{self, ValueContext};
use crate::model::id::{DocId, Uid};
use crate::model::key::Codec;
use crate::model::name::KeyName;
use crate::model::parameter::{Content, Parameter, ParameterType, Version};
use crate::model::secret::{Sealed, Secret, SecretError, SecretVersion};
use crate::model::trust::Kind;
use crate::model::value::SecretValue;

/// Where a value belongs; bound into its ciphertext.
pub(super) struct Place<'a> {
    pub(super) kind: Kind,
    pub(super) id: DocId,
    pub(super) name: &'a str,
    pub(super) uid: Uid,
    pub(super) value_type: &'a str,
}

impl Place<'_> {
    fn context(&self) -> ValueContext<'_> {
        ValueContext {
            kind: self.kind.as_str(),
            doc_id: &self.id.0,
            name: self.name,
            uid: &self.uid.0,
            value_type: self.value_type,
        }
    }
}

impl Vault<'_> {
    /// The plaintext of one version. Unlocks if the version is encrypted.
    pub fn reveal(&self, parameter: &Parameter, version: &Version) -> Result<SecretValue> {
        match &version.content {
            Content::Plain { text, .. } => Ok(SecretValue::from_text(text.clone())),
            Content::Sealed { key, key_version, text } => {
                let value_type = ParameterType::SecureString.as_str();
                let name = parameter.name.as_str();
                let place = Place { kind: Kind::Parameter, id: parameter.id, name, uid: version.uid, value_type };
                self.open_value(&place, key, *key_version, text)
            }
        }
    }

    /// The plaintext of one version of a secret. Unlocks. A version without a value is an error.
    pub fn reveal_secret(&self, secret: &Secret, version: &SecretVersion) -> Result<SecretValue> {
        let sealed = version.content.as_ref().ok_or_else(|| Error::Secret {
            name: secret.name.to_string(),
            error: SecretError::Valueless(version.id()),
        })?;
        let place = secret_place(secret, version.uid, sealed.binary);
        self.open_value(&place, &sealed.key, sealed.key_version, &sealed.text)
    }

    /// Seals a value for one version of a secret.
    pub(super) fn seal_secret(&self, secret: &Secret, uid: Uid, binary: bool, value: &SecretValue) -> Result<Sealed> {
        let (key, key_version) = self.sealing_key(Kind::Secret, secret.name.as_str(), None)?;
        let text = self.seal_value(&secret_place(secret, uid, binary), &key, key_version, value)?;
        Ok(Sealed { binary, key, key_version, text })
    }

    pub(super) fn seal_value(
        &self,
        place: &Place<'_>,
        key: &KeyName,
        version: u64,
        value: &SecretValue,
    ) -> Result<String> {
        let document = self.key(key)?;
        let sealed = match (self.key_material(key, version), document.codec) {
            (Ok(material), Codec::Xc1) => value::seal(&material, &place.context(), value.reveal(), &mut OsRng),
            (Ok(material), Codec::Age1) => value::seal_age1(&material, &place.context(), value.reveal()),
            // Whoever may write here and not read seals to the public half that an admin has signed.
            (Err(Error::NotAReader { .. }), _) => {
                let seal = document.version(version).map(|version| version.seal.as_str()).unwrap_or_default();
                let id = (&self.id.0, &document.id.0);
                value::seal_age1_to(seal, id.0, id.1, version, &place.context(), value.reveal())
            }
            (Err(error), _) => return Err(error),
        };
        sealed.map_err(|_| Error::Internal("a value could not be sealed"))
    }

    /// Whether the member at work is a reader of a key. Unlocks.
    pub fn is_reader(&self, key: &KeyName) -> Result<bool> {
        let me = &self.whoami()?.name;
        Ok(self.key(key)?.readers.contains(me))
    }

    fn open_value(&self, place: &Place<'_>, key: &KeyName, version: u64, text: &str) -> Result<SecretValue> {
        let material = self.key_material(key, version)?;
        let plain = value::open(&material, &place.context(), text);
        plain.map(SecretValue::new).map_err(|_| Error::Unopened { name: place.name.to_owned() })
    }
}

fn secret_place(secret: &Secret, uid: Uid, binary: bool) -> Place<'_> {
    let value_type = if binary { "SecretBinary" } else { "SecretString" };
    Place { kind: Kind::Secret, id: secret.id, name: secret.name.as_str(), uid, value_type }
}
