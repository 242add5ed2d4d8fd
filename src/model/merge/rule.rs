//! Merging two rules: field by field.

use super::context::{Conflict, MergeContext, Merged, Side, Sides, head};
use crate::model::event::Rule;

/// Merges two states of a rule with the common ancestor `base`. Two changes of one field are a conflict.
pub(crate) fn merge_rules(
    base: Option<&Rule>,
    ours: &Rule,
    theirs: &Rule,
    prefer: Option<Side>,
) -> Result<Merged<Rule>, Vec<Conflict>> {
    let sides = Sides { base, ours, theirs };
    let mut context = MergeContext::new(prefer);
    let merged = sides
        .changed(|one, other| Rule { head: other.head.clone(), ..one.clone() } == *other)
        .or_else(|| context.one_life(sides, |rule| (rule.id, rule.deleted)))
        .unwrap_or_else(|| Rule {
            description: context.field("the description", sides.map(|it| &it.description)).clone(),
            enabled: context.field("whether it is enabled", sides.map(|it| it.enabled)),
            on: context.field("whose machines it runs on", sides.map(|it| &it.on)).clone(),
            pattern: context.field("the pattern", sides.map(|it| &it.pattern)).clone(),
            targets: context.field("the targets", sides.map(|it| &it.targets)).clone(),
            ..ours.clone()
        });
    let head = head(&mut context, sides.map(|it| &it.head));
    context.finish(Rule { head, ..merged })
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
