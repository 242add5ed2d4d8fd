//! Merging two states of a share: field by field, and item by item.

use std::collections::BTreeMap;

use super::context::{Conflict, MergeContext, Merged, Side, Sides, head};
use crate::model::share::{Share, SharedItem};

/// Merges two states of a share with the common ancestor `base`. Two changes of one field are a conflict; of an item that both sides sealed
/// anew, the one of the newer revision is taken, and a share that is behind its document says so.
pub(crate) fn merge_shares(
    base: Option<&Share>,
    ours: &Share,
    theirs: &Share,
    prefer: Option<Side>,
) -> Result<Merged<Share>, Vec<Conflict>> {
    let sides = Sides { base, ours, theirs };
    let mut context = MergeContext::new(prefer);
    let merged = sides
        .changed(|one, other| Share { head: other.head.clone(), ..one.clone() } == *other)
        .or_else(|| context.one_life(sides, |share| (share.id, share.deleted)))
        .unwrap_or_else(|| {
            let to = context.field("the receiver", sides.map(|it| &it.to)).clone();
            let items_of = [ours, theirs].map(|side| if side.to == to { side.items.as_slice() } else { &[] });
            Share {
                name: context.field("what is shared", sides.map(|it| &it.name)).clone(),
                expires: context.field("the expiration", sides.map(|it| it.expires)),
                items: items(base, items_of),
                to,
                ..ours.clone()
            }
        });
    let head = head(&mut context, sides.map(|it| &it.head));
    context.finish(Share { head, ..merged })
}

/// The newest item of each document. One that a side has dropped stays dropped, unless the other side has sealed it anew.
fn items(base: Option<&Share>, sides: [&[SharedItem]; 2]) -> Vec<SharedItem> {
    let mut newest: BTreeMap<&str, &SharedItem> = BTreeMap::new();
    for (mine, other) in [(sides[0], sides[1]), (sides[1], sides[0])] {
        for item in mine {
            let was = base.and_then(|base| base.item(item.id)) == Some(item);
            let is_dropped = was && !other.iter().any(|it| it.id == item.id);
            let is_newer =
                newest.get(item.name.as_str()).is_none_or(|known| (item.rev, &item.text) > (known.rev, &known.text));
            if !is_dropped && is_newer {
                newest.insert(&item.name, item);
            }
        }
    }
    newest.into_values().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::head::Head;
    use crate::model::id::{DocId, Uid};
    use crate::model::sealed::ValueType;
    use crate::model::share::Receiver;
    use crate::model::time::Timestamp;

    fn item(name: &str, rev: u64, text: &str) -> SharedItem {
        let id = DocId([name.len().try_into().unwrap(); 16]);
        let (uid, value_type) = (Uid([1; 16]), ValueType::SecureString);
        SharedItem { id, name: name.into(), rev, uid, value_type, text: text.into() }
    }

    fn share(rev: u64, items: Vec<SharedItem>) -> Share {
        Share {
            id: DocId([1; 16]),
            head: Head::new(rev, 1, Timestamp::from_unix(0), "ana".parse().unwrap()),
            deleted: false,
            name: "parameter:/a".into(),
            to: Receiver { vault: None, member: Some("bob".parse().unwrap()), recipients: vec!["age1x".into()] },
            expires: None,
            items,
        }
    }

    #[test]
    fn of_each_item_the_newest_one_is_taken() {
        let base = share(1, vec![item("/a/b", 1, "1"), item("/a/cc", 1, "1"), item("/a/ddd", 1, "1")]);
        let ours = share(2, vec![item("/a/b", 3, "3"), item("/a/cc", 1, "1")]);
        let theirs = share(2, vec![item("/a/b", 2, "2"), item("/a/cc", 2, "2"), item("/a/ddd", 1, "1")]);
        let merged = merge_shares(Some(&base), &ours, &theirs, None).unwrap().document;
        assert_eq!(merged.items, [item("/a/b", 3, "3"), item("/a/cc", 2, "2")]);
        assert_eq!(merged.head.rev, 3);
    }

    #[test]
    fn what_was_sealed_for_other_recipients_is_left_out() {
        let base = share(1, vec![item("/a/b", 1, "1")]);
        let mut ours = share(2, vec![item("/a/b", 1, "for y")]);
        ours.to.recipients = vec!["age1y".into()];
        let theirs = share(2, vec![item("/a/b", 2, "2")]);
        let merged = merge_shares(Some(&base), &ours, &theirs, None).unwrap().document;
        assert_eq!((merged.to, merged.items), (ours.to.clone(), ours.items.clone()));
    }

    #[test]
    fn two_changes_of_one_field_and_an_end_against_a_change_are_conflicts() {
        let base = share(1, Vec::new());
        let at = |seconds| Some(Timestamp::from_unix(seconds));
        let (ours, theirs) =
            (Share { expires: at(5), ..share(2, vec![]) }, Share { expires: at(6), ..share(2, vec![]) });
        assert!(merge_shares(Some(&base), &ours, &theirs, None).is_err());
        assert_eq!(merge_shares(Some(&base), &ours, &theirs, Some(Side::Theirs)).unwrap().document.expires, at(6));
        let mut gone = share(2, vec![]);
        gone.delete();
        assert!(merge_shares(Some(&base), &gone, &base, None).unwrap().document.deleted);
        assert!(merge_shares(Some(&base), &gone, &theirs, None).is_err());
    }
}
