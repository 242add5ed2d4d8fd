//! Hints for credentials of the server.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::model::credential::CredentialError;

pub(super) fn credential(error: &CredentialError) -> Advice {
    match error {
        CredentialError::Revoked => {
            advice("revoked", Exit::Refused).hint("issue another credential: `vault serve credentials add`")
        }
        CredentialError::Policy(_) => {
            advice("bad-policy", Exit::Usage).hint("`vault serve credentials add --help` has an example")
        }
        CredentialError::NotSignedAgain => advice("refused", Exit::Refused)
            .hint("restore the newest state of the file with git; or issue another: `vault serve credentials add`"),
        CredentialError::Description | CredentialError::Past(_) => advice("usage", Exit::Usage),
    }
}
