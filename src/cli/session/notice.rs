//! What opening or reading found, in words.

use crate::cli::report::count::Count;
use crate::cli::terminal::ui::Ui;
use crate::engine::Notice;

pub(super) fn tell(ui: &mut Ui, notice: &Notice) {
    match notice {
        Notice::StateNotWritten(why) => ui.warning(format!("this machine cannot remember what it saw: {why}")),
        Notice::Accepted { vault, is_anchored: true, .. } => {
            ui.detail(format!("this machine now knows the vault {vault}"));
        }
        Notice::Accepted { snapshot, is_forgotten: false, .. } => {
            ui.note(format!("first use of this vault on this machine: trusted as it is, at trust snapshot {snapshot}"));
        }
        Notice::Accepted { snapshot, .. } => ui.warning(format!(
            "this machine's memory of the vault was deleted: the vault is trusted as it is, at trust snapshot {snapshot}"
        )),
        Notice::TrustBehind { seen, found } => ui.warning(format!(
            "members and keys are at trust snapshot {found}, and this machine has verified {seen}; this checkout is older"
        )),
        Notice::TrustRecordLost => ui.warning(
            "this machine's record of what it has verified of the vault was deleted or is damaged: only what it knows of this directory and \
             branch counts",
        ),
        Notice::TrustMoved { from, to, by } => {
            ui.note(format!("members or keys changed: trust snapshot {from} → {to}, by `{by}`"));
        }
        Notice::Older { name, others, by } => ui.warning(older(name, *others, *by)),
        Notice::Missing { name, others } => ui.warning(missing(name, *others)),
        Notice::NotLogged(why) => ui.warning(format!("this use was not recorded in the log of this machine: {why}")),
        Notice::ShareBehind { name, to, why } => ui.warning(format!(
            "the share of {name}{} is behind: {why}; `vault tick` of somebody who reads it renews it",
            if to.is_empty() { String::new() } else { format!(" with {to}") }
        )),
        Notice::ShareEnded { name, to } => ui.note(format!("with this, the share of {name} with {to} ends")),
        Notice::NotRaised(why) => {
            ui.warning(format!("this change has raised no event yet: {why}; `vault tick` raises it once that is fixed"));
        }
        Notice::MarksLost => ui.warning(
            "what this machine has seen in this directory was deleted; it is remembered anew from what is here now",
        ),
    }
}

fn older(name: &str, others: usize, by: u64) -> String {
    let revisions = Count::of(usize::try_from(by).unwrap_or(usize::MAX), "revision");
    let is = if others == 0 { "is" } else { "are" };
    let up_to = if others > 0 && by > 1 { "up to " } else { "" };
    format!(
        "{} {is} {up_to}{revisions} behind what this machine has seen; this checkout is older",
        and_others(name, others)
    )
}

fn missing(name: &str, others: usize) -> String {
    let (is, it) = if others == 0 { ("is", "it") } else { ("are", "them") };
    format!(
        "{} {is} missing without a tombstone, and this machine has seen {it} here: if a merge was undone, the next one brings {it} \
         back; else `git log --all` shows who removed {it}, `vault accept NAME` accepts that",
        and_others(name, others)
    )
}

fn and_others(name: &str, others: usize) -> String {
    match others {
        0 => name.to_owned(),
        _ => format!("{name} and {}", Count::of(others, "other document")),
    }
}
