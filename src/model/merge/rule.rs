//! Merging two rules: field by field.

use super::context::{Conflict, MergeContext, Merged, Side, head};
use crate::model::event::Rule;

/// Merges two states of a rule with the common ancestor `base`. Two changes of one field are a conflict.
pub(crate) fn merge_rules(
    base: Option<&Rule>,
    ours: &Rule,
    theirs: &Rule,
    prefer: Option<Side>,
) -> Result<Merged<Rule>, Vec<Conflict>> {
    let mut context = MergeContext::new(prefer);
    let merged = one_side(base, ours, theirs)
        .or_else(|| context.one_life(base, (ours, theirs), |rule| (rule.id, rule.deleted)))
        .unwrap_or_else(|| Rule {
            description: context.field(
                "the description",
                base.map(|it| &it.description),
                &ours.description,
                &theirs.description,
            ),
            enabled: context.field("whether it is enabled", base.map(|it| &it.enabled), &ours.enabled, &theirs.enabled),
            on: context.field("whose machines it runs on", base.map(|it| &it.on), &ours.on, &theirs.on),
            pattern: context.field("the pattern", base.map(|it| &it.pattern), &ours.pattern, &theirs.pattern),
            targets: context.field("the targets", base.map(|it| &it.targets), &ours.targets, &theirs.targets),
            ..ours.clone()
        });
    let head = head(&mut context, base.map(|base| &base.head), &ours.head, &theirs.head);
    context.finish(Rule { head, ..merged })
}

/// The side that changed, if only one did.
fn one_side(base: Option<&Rule>, ours: &Rule, theirs: &Rule) -> Option<Rule> {
    let same = |one: &Rule, other: &Rule| Rule { head: other.head.clone(), ..one.clone() } == *other;
    let unchanged = |side| base.is_some_and(|base| same(base, side));
    if same(ours, theirs) || unchanged(theirs) {
        return Some(ours.clone());
    }
    unchanged(ours).then(|| theirs.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{Target, TargetKind};
    use crate::model::head::Head;
    use crate::model::id::DocId;
    use crate::model::time::Timestamp;

    fn rule(rev: u64) -> Rule {
        Rule {
            id: DocId([1; 16]),
            name: "reload".parse().unwrap(),
            head: Head::new(rev, 1, Timestamp::from_unix(0), "ana".parse().unwrap()),
            deleted: false,
            description: String::new(),
            enabled: true,
            on: vec!["ana".parse().unwrap()],
            pattern: "{}".into(),
            targets: vec![Target { kind: TargetKind::File, to: "/a".into(), arguments: Vec::new(), secret: None }],
        }
    }

    #[test]
    fn two_fields_come_together_and_two_changes_of_one_are_a_conflict() {
        let ours = Rule { enabled: false, ..rule(2) };
        let theirs = Rule { on: vec!["bob".parse().unwrap()], ..rule(2) };
        let merged = merge_rules(Some(&rule(1)), &ours, &theirs, None).unwrap().document;
        assert_eq!((merged.enabled, merged.on, merged.head.rev), (false, theirs.on.clone(), 3));
        let other = Rule { on: Vec::new(), ..rule(2) };
        assert!(merge_rules(Some(&rule(1)), &other, &theirs, None).is_err());
        let chosen = merge_rules(Some(&rule(1)), &other, &theirs, Some(Side::Theirs)).unwrap().document;
        assert_eq!(chosen.on, theirs.on);
        let mut gone = rule(2);
        gone.delete();
        assert!(merge_rules(Some(&rule(1)), &gone, &rule(1), None).unwrap().document.deleted);
        assert!(merge_rules(Some(&rule(1)), &gone, &theirs, None).is_err());
    }
}
