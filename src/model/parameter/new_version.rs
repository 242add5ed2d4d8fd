//! Adding a planned version to its parameter (parameter-store §7).

use super::error::ParameterError;
use super::fired::FiredPolicies;
use super::limits::VERSIONS_LIMIT;
use super::parameter::{Content, Parameter, Version};
use super::put::PutPlan;
use crate::model::head::Head;
use crate::model::id::{DocId, Uid};
use crate::model::name::{MemberName, ParameterName};
use crate::model::time::Timestamp;

/// What the plan of a new version does not decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewVersion {
    /// Its unique id, which the sealed content is bound to.
    pub uid: Uid,
    /// The time.
    pub now: Timestamp,
    /// Who writes.
    pub by: MemberName,
    /// The value, sealed if the plan's type asks for it.
    pub content: Content,
}

impl Parameter {
    /// The parameter with its new version.
    ///
    /// `existing` must be what the plan was created for. An absent parameter, or a tombstone, is created anew with
    /// `id_if_new` and `name`; an existing one keeps its own. The head of an existing parameter is left unchanged, and
    /// a new one has revision 0: the writer of the document counts revisions.
    pub(crate) fn apply(
        existing: Option<Parameter>,
        plan: PutPlan,
        version: NewVersion,
        id_if_new: DocId,
        name: ParameterName,
    ) -> Result<Parameter, ParameterError> {
        let actual = existing.as_ref().and_then(Parameter::latest).map_or(0, |latest| latest.number);
        if plan.after != actual {
            return Err(ParameterError::VersionMoved { expected: plan.after, actual });
        }
        let content_type = version.content.parameter_type();
        if content_type != plan.parameter_type {
            return Err(ParameterError::ContentMismatch { planned: plan.parameter_type, actual: content_type });
        }
        let mut parameter = match existing {
            Some(living) if !living.is_deleted() => living,
            dead => {
                let head = dead.map_or_else(|| version.first_head(), |dead| dead.head);
                Parameter {
                    id: id_if_new,
                    name,
                    head,
                    tags: plan.tags,
                    fired: FiredPolicies::new(),
                    versions: Vec::new(),
                }
            }
        };
        parameter.versions.push(Version {
            number: plan.number,
            uid: version.uid,
            created: version.now,
            by: version.by,
            settings: plan.settings,
            content: version.content,
            exposed: false,
            labels: std::collections::BTreeSet::new(),
        });
        parameter.place(plan.number, &plan.labels);
        parameter.drop_oldest()?;
        Ok(parameter)
    }

    /// Keeps the limit. Only the oldest version can be removed; the next one without a label is not taken instead.
    fn drop_oldest(&mut self) -> Result<(), ParameterError> {
        while self.versions.len() > VERSIONS_LIMIT {
            let oldest = self.versions.remove(0);
            if !oldest.labels.is_empty() {
                return Err(ParameterError::MaxVersionsLabelled { number: oldest.number });
            }
        }
        Ok(())
    }
}

impl NewVersion {
    fn first_head(&self) -> Head {
        Head::new(0, 0, self.now, self.by.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::parameter::{Overwrite, ParameterType, PutRequest};
    use crate::model::value::SecretValue;

    fn request() -> PutRequest {
        let kind = Some(ParameterType::String);
        PutRequest { kind, overwrite: Overwrite::Replace, ..PutRequest::default() }
    }

    fn plan(existing: Option<&Parameter>, request: &PutRequest) -> PutPlan {
        PutPlan::new(existing, request, &SecretValue::from_text("new".into())).unwrap()
    }

    fn apply(existing: Option<Parameter>, plan: PutPlan) -> Result<Parameter, ParameterError> {
        Parameter::apply(existing, plan, sample::new_version("new"), DocId([9; 16]), "/b".parse().unwrap())
    }

    #[test]
    fn the_first_version_makes_the_parameter() {
        let tags = [("team".to_owned(), "payments".to_owned())].into();
        let request = PutRequest { overwrite: Overwrite::Refuse, labels: vec!["live".into()], tags, ..request() };
        let parameter = apply(None, plan(None, &request)).unwrap();
        assert_eq!((parameter.id, parameter.name.as_str(), parameter.head.rev), (DocId([9; 16]), "/b", 0));
        assert_eq!(parameter.tags, request.tags);
        assert_eq!(parameter.versions.len(), 1);
        assert!(parameter.labelled(&"live".parse().unwrap()).is_some());
    }

    #[test]
    fn another_version_keeps_identity_name_tags_and_head() {
        let mut existing = sample::parameter(2);
        existing.tags.insert("team".into(), "payments".into());
        let changed = apply(Some(existing.clone()), plan(Some(&existing), &request())).unwrap();
        assert_eq!(changed.latest().unwrap().number, 3);
        assert_eq!(changed.versions[..2], existing.versions[..]);
        assert_eq!(Parameter { versions: existing.versions.clone(), ..changed }, existing);
    }

    #[test]
    fn a_new_life_has_a_new_identity_and_an_old_head() {
        let mut dead = sample::parameter(2);
        dead.head.rev = 7;
        dead.delete();
        let reborn = apply(Some(dead.clone()), plan(Some(&dead), &request())).unwrap();
        assert_eq!((reborn.id, reborn.name.as_str(), reborn.head.rev), (DocId([9; 16]), "/b", 7));
        assert_eq!(reborn.latest().unwrap().number, 1);
    }

    #[test]
    fn labels_move_to_the_new_version() {
        let mut existing = sample::parameter(100);
        existing.label(Some(1), &["live".into()]).unwrap();
        let request = PutRequest { labels: vec!["live".into()], ..request() };
        let changed = apply(Some(existing.clone()), plan(Some(&existing), &request)).unwrap();
        assert_eq!(changed.labelled(&"live".parse().unwrap()).unwrap().number, 101);
        assert_eq!((changed.versions.len(), changed.versions[0].number), (100, 2));
    }

    #[test]
    fn a_number_of_its_own_is_kept() {
        let numbered = |number| PutRequest { number: Some(number), ..request() };
        let first = apply(None, plan(None, &numbered(5))).unwrap();
        let second = apply(Some(first.clone()), plan(Some(&first), &numbered(8))).unwrap();
        assert_eq!(second.versions.iter().map(|version| version.number).collect::<Vec<_>>(), [5, 8]);
    }

    #[test]
    fn a_plan_fits_only_what_it_was_made_for() {
        let existing = sample::parameter(2);
        let planned = plan(Some(&existing), &request());
        let moved = Err(ParameterError::VersionMoved { expected: 2, actual: 0 });
        assert_eq!(apply(None, planned.clone()), moved);
        let mut labelled = sample::parameter(100);
        let planned_before = plan(Some(&labelled), &request());
        labelled.label(Some(1), &["live".into()]).unwrap();
        let blocked = Err(ParameterError::MaxVersionsLabelled { number: 1 });
        assert_eq!(apply(Some(labelled), planned_before), blocked);
        let sealed = NewVersion { content: sample::sealed(), ..sample::new_version("") };
        let result = Parameter::apply(Some(existing), planned, sealed, DocId([9; 16]), "/b".parse().unwrap());
        assert!(matches!(result, Err(ParameterError::ContentMismatch { .. })));
    }
}
