//! What one snapshot of the trust chain changed, in words.

use crate::model::key::Key;
use crate::model::trust::Trust;

/// What is different, one phrase each.
pub(crate) fn changes(before: Option<&Trust>, after: &Trust) -> Vec<String> {
    let Some(before) = before else { return vec!["the vault was made".into()] };
    let mut changes = Vec::new();
    for member in &after.members {
        let role = member.role.as_str();
        match before.member(&member.name) {
            None => changes.push(format!("{role} {} added", member.name)),
            Some(old) => {
                if (old.role, &old.write) != (member.role, &member.write) {
                    changes.push(format!("{role} {} changed", member.name));
                }
                if (old.sign, &old.recipients) != (member.sign, &member.recipients) {
                    changes.push(format!("{} has new keys", member.name));
                }
            }
        }
    }
    let gone = before.members.iter().filter(|member| after.member(&member.name).is_none());
    changes.extend(gone.map(|member| format!("{} removed", member.name)));
    for rule in &after.keys {
        match before.key(&rule.name) {
            None => changes.push(format!("key {} made", rule.name)),
            Some(old) => {
                if old.scopes != rule.scopes {
                    changes.push(format!("key {} mapped", rule.name));
                }
                changes.extend(key_changes(old, rule, after));
            }
        }
    }
    if before.settings != after.settings {
        changes.push("settings changed".to_owned());
    }
    if before.format != after.format {
        changes.push(format!("format {}", after.format.number()));
    }
    changes
}

/// What is different in a key besides its scopes.
fn key_changes(old: &Key, new: &Key, after: &Trust) -> Vec<String> {
    let without = |some: &Key, others: &Key| {
        let readers = some.readers.iter().filter(|reader| !others.readers.contains(reader));
        // Who is no member any more reads nothing anyway.
        readers.filter(|reader| after.member(reader).is_some()).map(ToString::to_string).collect::<Vec<_>>()
    };
    let name = &new.name;
    let mut changes: Vec<String> = Vec::new();
    changes.extend(without(new, old).iter().map(|reader| format!("{reader} reads key {name}")));
    changes.extend(without(old, new).iter().map(|reader| format!("{reader} reads key {name} no more")));
    if old.current != new.current {
        changes.push(format!("key {name} from version {}", new.ordinal(new.current)));
    }
    if old.floor != new.floor {
        changes.push(format!("key {name} from version {}", new.floor));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::trust::Role;
    use crate::model::trust_sample::{self, key, member};

    fn trust(members: &[&str], versions: &[u64]) -> Trust {
        let numbered = members.iter().zip(0..);
        let members = numbered.map(|(name, number)| member(name, Role::Member, number)).collect();
        trust_sample::trust(members, vec![key("default", versions, &[])])
    }

    #[test]
    fn every_change_is_named() {
        assert_eq!(changes(None, &trust(&["ana"], &[7])), ["the vault was made"]);
        assert_eq!(changes(Some(&trust(&["ana"], &[7])), &trust(&["ana", "bob"], &[7])), ["member bob added"]);
        let removed = changes(Some(&trust(&["ana", "bob"], &[7])), &trust(&["ana"], &[7, 8]));
        assert_eq!(removed, ["bob removed", "key default from version 2"]);
        assert!(changes(Some(&trust(&["ana"], &[7])), &trust(&["ana"], &[7])).is_empty());
        let mut other = trust(&["ana"], &[7]);
        other.members[0].sign = [9; 32];
        assert_eq!(changes(Some(&trust(&["ana"], &[7])), &other), ["ana has new keys"]);
        other.members[0].role = Role::Admin;
        assert_eq!(changes(Some(&trust(&["ana"], &[7])), &other), ["admin ana changed", "ana has new keys"]);
    }
}
