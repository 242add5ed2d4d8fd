//! Merging two credentials: field by field, and a revocation is never undone.

use super::context::{Conflict, MergeContext, Merged, Side, Sides, head};
use crate::model::credential::Credential;

/// Merges two states of a credential with the common ancestor `base`. Two changes of one field are a conflict.
pub(crate) fn merge_credentials(
    base: Option<&Credential>,
    ours: &Credential,
    theirs: &Credential,
    prefer: Option<Side>,
) -> Result<Merged<Credential>, Vec<Conflict>> {
    let sides = Sides { base, ours, theirs };
    let mut context = MergeContext::new(prefer);
    let mut merged = context.one_life(sides, |it| (it.id, false)).unwrap_or_else(|| Credential {
        member: context.field("its member", sides.map(|it| &it.member)).clone(),
        description: context.field("the description", sides.map(|it| &it.description)).clone(),
        expires: context.field("when it expires", sides.map(|it| it.expires)),
        policy: context.field("the policy", sides.map(|it| &it.policy)).clone(),
        ..ours.clone()
    });
    if ours.revoked || theirs.revoked {
        merged.revoke();
    } else {
        let versions = context.field("how the secret access key is sealed", sides.map(|it| &it.versions));
        merged.versions.clone_from(versions);
    }
    let head = head(&mut context, sides.map(|it| &it.head));
    context.finish(Credential { head, ..merged })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credential::CredentialVersion;
    use crate::model::head::Head;
    use crate::model::id::{DocId, Uid};
    use crate::model::sealed::{KeyVersionId, Sealed, ValueType};
    use crate::model::time::Timestamp;

    fn credential(rev: u64, sealed: &str) -> Credential {
        let (at, by) = (Timestamp::from_unix(0), "ana".parse::<crate::model::name::MemberName>().unwrap());
        let key = KeyVersionId { name: "default".parse().unwrap(), number: 1 };
        let content = Sealed { value_type: ValueType::SecretAccessKey, key, text: sealed.into() };
        Credential {
            id: DocId([1; 16]),
            name: "AKIAABCDEFGHIJKLMNOP".parse().unwrap(),
            head: Head::new(rev, 1, at, by.clone()),
            revoked: false,
            member: by.clone(),
            description: "ci".into(),
            expires: None,
            policy: "{}".into(),
            versions: vec![CredentialVersion { uid: Uid([2; 16]), created: at, by, exposed: false, content }],
        }
    }

    #[test]
    fn a_revocation_wins_over_everything_and_other_changes_come_together() {
        let (base, ours) = (credential(1, "a"), credential(2, "b"));
        let mut theirs = Credential { description: "deploy".into(), ..credential(2, "a") };
        let merged = merge_credentials(Some(&base), &ours, &theirs, None).unwrap().document;
        assert_eq!((merged.description.as_str(), &merged.versions, merged.head.rev), ("deploy", &ours.versions, 3));
        assert!(merge_credentials(Some(&base), &ours, &credential(2, "c"), None).is_err());
        theirs.revoke();
        for (one, other) in [(&ours, &theirs), (&theirs, &ours), (&base, &theirs)] {
            let prefer = Some(if one.revoked { Side::Theirs } else { Side::Ours });
            for prefer in [None, prefer] {
                let merged = merge_credentials(Some(&base), one, other, prefer).unwrap().document;
                assert!(merged.revoked && merged.versions.is_empty());
            }
        }
    }
}
