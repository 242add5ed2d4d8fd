//! Hints for copies of secrets in other vaults.

use super::advice::{Advice, advice};
use super::document::NOT_USED;
use crate::cli::exit::Exit;
use crate::model::secret::ReplicaError;

/// What to do about a secret that is not copied, or a copy that is not changed.
pub(super) fn replica(error: &ReplicaError, name: &str) -> Advice {
    use ReplicaError as E;
    let (code, exit) = match error {
        E::NotLinked(_) => ("not-found", Exit::NotFound),
        E::Newer { .. } | E::Misstated(_) => ("tampered", Exit::Tampered),
        E::SameVault => ("usage", Exit::Usage),
        E::NotACopy => ("refused", Exit::Refused),
        _ => ("conflict", Exit::Conflict),
    };
    advice(code, exit).hint(hint(error, name))
}

fn hint(error: &ReplicaError, name: &str) -> String {
    use ReplicaError as E;
    match error {
        E::Taken => format!("keep the copy under another name: `vault replica add {name} --to VAULT --as NAME`"),
        E::Foreign { .. } => "only one secret can be copied there: choose another name with `--as NAME`".to_owned(),
        E::Promoted(_) => format!(
            "`vault replica rm {name} --to VAULT --keep` ends the link; a new copy needs another name, `--as NAME`"
        ),
        E::Deleted => format!(
            "`vault replica add {name} --to VAULT` makes it again, `vault replica rm {name} --to VAULT` ends the link"
        ),
        E::Newer { .. } | E::Differs => format!(
            "compare both; `vault replica sync {name} --overwrite` writes this state over the copy, which stays in the history of its git"
        ),
        E::NotLinked(_) => format!("`vault replica ls {name}` shows its copies"),
        E::Linked { .. } => format!("remove that first: `vault replica rm {name} --to VAULT`"),
        E::SameVault => "name the directory of another vault".to_owned(),
        E::NotACopy => "`vault replica ls` shows the copies of this vault".to_owned(),
        E::Misstated(_) => NOT_USED.to_owned(),
    }
}
