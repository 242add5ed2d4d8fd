//! An identity from another machine, before it is kept on this one.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::ask::Ask;
use super::content::{self, SIZE_LIMIT};
use super::error::{Cause, UnlockError};
use super::source::Origin;
use crate::machine::private;

/// The maximum size, in bytes.
pub(crate) const LIMIT: usize = SIZE_LIMIT;

/// Its text, opened.
pub(crate) struct Foreign {
    pub(crate) text: Zeroizing<String>,
    /// The file that it was in and its passphrase, if it has one.
    pub(crate) protected: Option<(Zeroizing<Vec<u8>>, Zeroizing<String>)>,
}

/// The file that a user names.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, UnlockError> {
    private::read_given(path, LIMIT).map_err(UnlockError::at(&Origin::IdentityFile(path.to_owned())))
}

/// Opens what was read, with its passphrase if it has one.
pub(crate) fn open(bytes: Zeroizing<Vec<u8>>, ask: &Arc<dyn Ask>) -> Result<Foreign, UnlockError> {
    opened(bytes, ask).map_err(UnlockError::at(&Origin::Imported))
}

fn opened(bytes: Zeroizing<Vec<u8>>, ask: &Arc<dyn Ask>) -> Result<Foreign, Cause> {
    if bytes.len() > LIMIT {
        return Err(Cause::TooLarge(LIMIT));
    }
    let as_text = |bytes: &[u8]| {
        std::str::from_utf8(bytes).map(|text| Zeroizing::new(text.to_owned())).map_err(|_| Cause::NotText)
    };
    if !content::is_encrypted(&bytes) {
        return Ok(Foreign { text: as_text(&bytes)?, protected: None });
    }
    let (text, passphrase) = content::decrypted(&bytes, "Passphrase of the imported identity", ask)?;
    Ok(Foreign { text: as_text(&text)?, protected: Some((bytes, passphrase)) })
}
