//! Values: sealed for one place, opened only there.

use rand::rngs::OsRng;

use super::error::{Error, Result};
use super::vault::Vault;
use crate::crypto::value::{self, ValueContext};
use crate::model::id::{DocId, Uid};
use crate::model::key::Codec;
use crate::model::name::KeyName;
use crate::model::parameter::{Content, Parameter, ParameterType, Version};
use crate::model::secret::{Secret, SecretVersion};
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

    pub(super) fn reveal_secret(&self, secret: &Secret, version: &SecretVersion) -> Result<SecretValue> {
        let value_type = if version.binary { "SecretBinary" } else { "SecretString" };
        let name = secret.name.as_str();
        let place = Place { kind: Kind::Secret, id: secret.id, name, uid: version.uid, value_type };
        self.open_value(&place, &version.key, version.key_version, &version.value)
    }

    pub(super) fn seal_value(
        &self,
        place: &Place<'_>,
        key: &KeyName,
        version: u64,
        value: &SecretValue,
    ) -> Result<String> {
        let material = self.key_material(key, version)?;
        let sealed = match self.key(key)?.codec {
            Codec::Xc1 => value::seal(&material, &place.context(), value.reveal(), &mut OsRng),
            Codec::Age1 => value::seal_age1(&material, &place.context(), value.reveal()),
        };
        sealed.map_err(|_| Error::Internal("a value could not be sealed"))
    }

    fn open_value(&self, place: &Place<'_>, key: &KeyName, version: u64, text: &str) -> Result<SecretValue> {
        let material = self.key_material(key, version)?;
        let plain = value::open(&material, &place.context(), text);
        plain.map(SecretValue::new).map_err(|_| Error::Unopened { name: place.name.to_owned() })
    }
}
