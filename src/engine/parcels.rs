//! Parcels: values in a file of their own, which stock age opens, for somebody outside of the vault. Nothing of it stays in the vault.

use std::collections::BTreeMap;

use super::chain::{check_author, check_signature};
use super::error::{Error, Result};
use super::signing::sign;
use super::vault::Vault;
use crate::crypto::recipient::Recipient;
use crate::crypto::wrap::{self, WrapError};
use crate::format::schema::{emit_parcel, parse_parcel};
use crate::format::{FormatError, caps, trailer};
use crate::model::name::{ParameterName, ParameterPath, SecretName};
use crate::model::parameter::Parameter;
use crate::model::parcel::{Parcel, ParcelError, ParcelItem, ParcelName};
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::store::files::Reach;

/// The path that a parcel is signed for: no document of a vault is there.
const PLACE: &str = "parcel.yaml";
/// The longest age file of a parcel, armored: a third more than its content, and the lines of its recipients.
pub(crate) const FILE: usize = 32 << 20;

impl Vault<'_> {
    /// The current values of one secret for a parcel. Unlocks.
    pub(crate) fn packed_secret(&self, name: &SecretName) -> Result<Vec<ParcelItem>> {
        let secret: Secret = self.live_secret(name)?;
        let version = secret.select(None, None).map_err(|error| Error::Secret { name: name.to_string(), error })?;
        let is_binary = version.content.as_ref().is_some_and(crate::model::sealed::Sealed::is_binary);
        let name = ParcelName::Secret(secret.name.clone(), is_binary);
        Ok(vec![ParcelItem { name, value: self.reveal(&secret, version)? }])
    }

    /// The current values of a parameter and of those below a path. Unlocks if one is encrypted.
    pub(crate) fn packed_parameters(&self, path: &ParameterPath, now: Timestamp) -> Result<Vec<ParcelItem>> {
        let mut found = Vec::new();
        if let Ok(name) = path.as_str().parse::<ParameterName>() {
            found.extend(self.find_parameter(&name, now)?);
        }
        found.extend(self.parameters_below(path, Reach::Descendants, now)?.whole()?);
        found.iter().filter_map(|parameter| self.packed(parameter)).collect()
    }

    /// The current value of a parameter whose name is no path. Unlocks if it is encrypted.
    pub(crate) fn packed_parameter(&self, name: &ParameterName, now: Timestamp) -> Result<Vec<ParcelItem>> {
        self.find_parameter(name, now)?.iter().filter_map(|parameter| self.packed(parameter)).collect()
    }

    fn packed(&self, parameter: &Parameter) -> Option<Result<ParcelItem>> {
        let version = parameter.latest()?;
        let name = ParcelName::Parameter(parameter.name.clone(), version.content.parameter_type());
        Some(self.reveal(parameter, version).map(|value| ParcelItem { name, value }))
    }

    /// Signs a parcel in the name of the current member, and encrypts it.
    pub(crate) fn seal_parcel(
        &self,
        items: Vec<ParcelItem>,
        recipients: &[Recipient],
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<String> {
        let signer = self.signer()?;
        let (by, sign_key) = (signer.name.clone(), signer.key.public().bytes());
        let extra = BTreeMap::new();
        let parcel = Parcel { vault: self.id, created: now, expires, by, sign: sign_key, items, extra };
        let body = emit_parcel(&parcel);
        let file = zeroize::Zeroizing::new(sign(&self.id, PLACE, &body, &signer));
        if file.len() as u64 > caps::DOCUMENT {
            return Err(Error::Format { path: PLACE.into(), error: FormatError::TooLarge { cap: caps::DOCUMENT } });
        }
        wrap::seal_file(recipients, &file).map_err(|error| Error::Parcel(ParcelError::NotSealed(error.to_string())))
    }

    /// Opens a parcel that was made for the current identity, wherever it comes from: decrypted, signed with the key that it names, and
    /// not expired. Whose key that is, two people find out. Unlocks.
    pub(crate) fn open_parcel(&self, file: &[u8], now: Timestamp) -> Result<Parcel> {
        let content = wrap::open_file(file, self.credentials()?.identity()).map_err(|error| {
            Error::Parcel(match error {
                WrapError::NotARecipient => ParcelError::NotForYou,
                _ => ParcelError::Damaged,
            })
        })?;
        let parcel = read_parcel(&content)?;
        if parcel.has_expired(now) {
            return Err(Error::Parcel(ParcelError::Expired(parcel.expires)));
        }
        Ok(parcel)
    }
}

/// A parcel in the decrypted content of its file, signed with the key that it names.
pub fn read_parcel(content: &[u8]) -> Result<Parcel> {
    let format = |error| Error::Format { path: PLACE.into(), error };
    // What is not as it was written is refused, so there are no line ends to convert, which would copy the values.
    if content.contains(&b'\r') {
        return Err(format(FormatError::CarriageReturn));
    }
    let signed = trailer::split(content).map_err(format)?;
    let parcel = parse_parcel(signed.body).map_err(format)?;
    check_author(PLACE, &parcel.by, &signed)?;
    check_signature(&parcel.vault, PLACE, &signed, &parcel.sign)?;
    Ok(parcel)
}
