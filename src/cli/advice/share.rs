//! Hints for shares.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::model::parcel::ParcelError;
use crate::model::share::ShareError;

/// What to do about a share.
pub(super) fn share(error: &ShareError) -> Advice {
    match error {
        ShareError::Recipients => advice("bad-share", Exit::Usage).hint(
            "give the receiver's public keys with `--recipient age1…`: there `vault member show NAME` prints them",
        ),
        ShareError::Scope | ShareError::Receiver | ShareError::Item | ShareError::Past => {
            advice("bad-share", Exit::Usage).hint("`vault secret share --help` has examples")
        }
        ShareError::Recipient(_) | ShareError::Mixed => advice("recipient", Exit::Refused)
            .hint("a share is for native age and ssh-ed25519 recipients, which every machine can renew it for"),
        ShareError::Nothing => advice("nothing-to-share", Exit::NotFound)
            .hint("a String is in plain text: anyone who has the directory of the vault reads it"),
        ShareError::Reads(_) => {
            advice("reads-already", Exit::Conflict).hint("`vault member show NAME` shows what a member reads")
        }
        ShareError::NoMember(_) => advice("no-such-member", Exit::NotFound)
            .hint("`vault member ls` lists the members; another vault is named by its id, vlt1…"),
        ShareError::NotShared(_) => advice("no-such-share", Exit::NotFound).hint("`vault shares` lists what is shared"),
        ShareError::Expired(_) => advice("share-expired", Exit::Locked).hint("ask for it to be shared again"),
        ShareError::NotCurrent => {
            advice("not-shared", Exit::Locked).hint("read it without a version and without a stage")
        }
        ShareError::Stale => advice("share-behind", Exit::Conflict)
            .hint("get the newer share with `git pull`; else a reader in that vault runs `vault tick`"),
        ShareError::PolicyAlone => advice("not-shared", Exit::Locked)
            .hint("ask a reader of it to share it with you: `vault secret share NAME --with YOU`"),
    }
}

/// What to do about a file of `vault share`.
pub(super) fn parcel(error: &ParcelError) -> Advice {
    match error {
        ParcelError::NotForYou => advice("not-for-you", Exit::Locked).hint(
            "give the identity that it was made for with `--identity FILE`; `vault member show NAME` prints the public \
             key to send",
        ),
        ParcelError::Damaged => {
            advice("bad-parcel", Exit::Tampered).hint("ask for it again; `vault share` makes such a file")
        }
        ParcelError::Expired(_) => advice("parcel-expired", Exit::Refused).hint("ask for a new one"),
        ParcelError::Several => advice("several-values", Exit::Usage)
            .hint("`--print NAME` prints one; `vault --dry-run receive` lists them"),
        ParcelError::NotInIt(_) => {
            advice("not-found", Exit::NotFound).hint("`vault --dry-run receive` lists its values")
        }
        ParcelError::Recipient { .. } => advice("recipient", Exit::Usage).hint(
            "a public key begins with `age1` or `ssh-ed25519`; `vault secret share NAME --with MEMBER` is for members",
        ),
        ParcelError::NotSealed(_) => {
            advice("recipient", Exit::Refused).hint("post-quantum keys cannot be mixed with others")
        }
    }
}
