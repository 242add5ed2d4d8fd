//! What is due of parameters and secrets, or will be within a week.

use super::item::{Item, at_most};
use crate::engine::{Due, DueKind, Error, Vault};
use crate::model::time::Timestamp;

/// More of a kind than this are counted, not shown.
const SHOWN: usize = 10;

/// What is due, the earliest first. Rotations that are due are said with what they wait for, and documents that cannot be trusted
/// for themselves.
pub(super) fn due(vault: &Vault<'_>, now: Timestamp) -> Result<Vec<Item>, Error> {
    let all = vault.due(now)?.found;
    let others = |more| Item::soon(format!("{more} more like these: `vault rotate status`, `vault param ls`"));
    Ok(at_most(SHOWN, all.iter().filter_map(|due| item(due, now)).collect(), others))
}

fn item(due: &Due, now: Timestamp) -> Option<Item> {
    let Due { what, name, at, .. } = due;
    Some(match what {
        DueKind::Expiration => {
            Item::soon(format!("{name} expires at {at}")).settled_by(format!("vault param show {name}"))
        }
        DueKind::Purge if *at <= now => {
            Item::now(format!("{name} expired, and can be deleted since {at}")).settled_by("vault tick")
        }
        DueKind::Purge => {
            let restore = format!("vault param restore {name}");
            Item::soon(format!("{name} expired, and will be deleted after {at}: `{restore}` brings it back"))
                .by(restore)
        }
        DueKind::Change => {
            Item::soon(format!("{name} should have been changed by {at}")).settled_by(format!("vault edit {name}"))
        }
        DueKind::Rotation if *at > now => {
            let run = format!("vault rotate run {name}");
            Item::know(format!("{name} is rotated from {at} on; `{run}` rotates it now")).by(run)
        }
        // What waits for a person is said with what it waits for.
        DueKind::Rotation | DueKind::LateRotation => return None,
        DueKind::Deletion if *at <= now => {
            Item::now(format!("the secret {name} is due to be deleted")).settled_by("vault tick")
        }
        DueKind::Deletion => {
            let restore = format!("vault secret restore {name}");
            Item::soon(format!("the secret {name} is deleted after {at}: `{restore}` brings it back")).by(restore)
        }
    })
}
