//! Values: sealed for one place, opened only there.

use rand::rngs::OsRng;

use super::access::{Access, Deed, Outcome};
use super::error::{Error, Result};
use super::keys::require_enabled;
use super::valued::{StoredValue, Valuable, Valued};
use super::vault::Vault;
use crate::crypto::value::{self, ValueContext};
use crate::model::id::{DocId, Uid};
use crate::model::key::Codec;
use crate::model::name::KeyName;
use crate::model::sealed::{KeyVersionId, Sealed, ValueType};
use crate::model::secret::SecretError;
use crate::model::trust::Kind;
use crate::model::value::SecretValue;

/// Where a value belongs; bound into its ciphertext.
pub(super) struct Place<'a> {
    pub(super) kind: Kind,
    pub(super) id: DocId,
    pub(super) name: &'a str,
    pub(super) uid: Uid,
    pub(super) value_type: ValueType,
}

impl<'a> Place<'a> {
    /// The place of one version's value in a document.
    pub(super) fn of<D: Valued>(document: &'a D, uid: Uid, value_type: ValueType) -> Self {
        Place { kind: D::KIND, id: DocId(document.id()), name: document.name(), uid, value_type }
    }

    pub(super) fn context(&self) -> ValueContext<'_> {
        ValueContext {
            kind: self.kind.as_str(),
            doc_id: &self.id.0,
            name: self.name,
            uid: &self.uid.0,
            value_type: self.value_type.as_str(),
        }
    }
}

impl Vault<'_> {
    /// The plaintext of one version. Unlocks if it is encrypted. A version without a value is an error.
    pub(crate) fn reveal<D: Valued>(&self, document: &D, version: &D::Version) -> Result<SecretValue> {
        let reason = self.require_reason(D::KIND, document.name());
        let value = reason.and_then(|()| match version.kept() {
            StoredValue::Plain(text) => Ok(SecretValue::from_text(text.to_owned())),
            StoredValue::Sealed(sealed) => {
                match self.open_value(&Place::of(document, version.uid(), sealed.value_type), sealed) {
                    Err(error @ Error::NotAReader { .. }) => self.open_shared(document, version, sealed, error),
                    opened => opened,
                }
            }
            StoredValue::Nothing(id) => {
                Err(Error::Secret { name: document.name().to_owned(), error: SecretError::Valueless(id) })
            }
        });
        self.report(|purpose| opening(purpose, document, version, Outcome::of(&value), 1))?;
        value
    }

    /// Like [`Vault::reveal`], for a value that is in memory and was handed out so many times: that is recorded, and nothing is opened.
    pub(crate) fn reveal_again<D: Valued>(&self, document: &D, version: &D::Version, times: u64) -> Result<()> {
        let reason = self.require_reason(D::KIND, document.name());
        self.report(|purpose| opening(purpose, document, version, Outcome::of(&reason), times))?;
        reason
    }

    /// Every version of a document that has a value, with that value or why it cannot be decrypted.
    pub(super) fn opened<'v, D: Valued>(
        &'v self,
        document: &'v D,
    ) -> impl Iterator<Item = (&'v D::Version, Result<SecretValue>)> {
        let valued = document.versions().iter().filter(|version| !matches!(version.kept(), StoredValue::Nothing(_)));
        valued.map(|version| (version, self.reveal(document, version)))
    }

    /// Seals a value for a place, under the key that governs its name; `asked` must be that one.
    pub(super) fn seal(&self, place: &Place<'_>, asked: Option<&KeyName>, value: &SecretValue) -> Result<Sealed> {
        let key = self.sealing_key(place.kind, place.name, asked)?;
        self.seal_under(place, key, value)
    }

    /// Seals a value for a place under a version of a key.
    pub(super) fn seal_under(&self, place: &Place<'_>, key: KeyVersionId, value: &SecretValue) -> Result<Sealed> {
        let KeyVersionId { name, number } = &key;
        let document = self.key(name)?;
        let text = match (self.key_material(name, *number), document.codec) {
            (Ok(material), Codec::Xc1) => value::seal(&material, &place.context(), value.reveal(), &mut OsRng),
            (Ok(material), Codec::Age1) => value::seal_age1(&material, &place.context(), value.reveal()),
            // A member who may write here but not read seals to the public key that an admin has signed.
            (Err(Error::NotAReader { .. }), _) => {
                let seal = document.version(*number).map(|version| version.seal.as_str()).unwrap_or_default();
                let id = (&self.id.0, &document.id.0);
                value::seal_age1_to(seal, id.0, id.1, *number, &place.context(), value.reveal())
            }
            (Err(error), _) => return Err(error),
        };
        let text = text.map_err(|_| Error::Internal("a value could not be sealed"))?;
        Ok(Sealed { value_type: place.value_type, key, text })
    }

    /// The key that a value of that name is sealed under; `asked` must be that one. Refuses what [`Vault::require_storing`] does.
    pub(crate) fn storing_key(&self, kind: Kind, name: &str, asked: Option<&KeyName>) -> Result<KeyName> {
        self.require_writer(kind, name)?;
        Ok(self.sealing_key(kind, name, asked)?.name)
    }

    /// Refuses what storing a value of that name would refuse whatever the value is. Unlocks.
    pub(crate) fn require_storing(&self, kind: Kind, name: &str, asked: Option<&KeyName>) -> Result<()> {
        self.require_writer(kind, name)?;
        self.sealing_key(kind, name, asked).map(drop)
    }

    /// Whether the current member is a reader of a key. Unlocks.
    pub(crate) fn is_reader(&self, key: &KeyName) -> Result<bool> {
        let me = &self.whoami()?.name;
        Ok(self.key(key)?.readers.contains(me))
    }

    fn open_value(&self, place: &Place<'_>, Sealed { key, text, .. }: &Sealed) -> Result<SecretValue> {
        require_enabled(&*self.key(&key.name)?)?;
        let material = self.key_material(&key.name, key.number)?;
        let plain = value::open(&material, &place.context(), text);
        plain.map(SecretValue::new).map_err(|_| Error::Unopened { name: place.name.to_owned() })
    }
}

/// One opening of a version's value.
fn opening<D: Valued>(purpose: String, document: &D, version: &D::Version, outcome: Outcome, times: u64) -> Access {
    Access {
        purpose,
        deed: Deed::Open,
        kind: Some(D::KIND),
        name: document.name().to_owned(),
        version: Some(version.id_text()),
        labels: version.labels(),
        outcome,
        times,
    }
}
