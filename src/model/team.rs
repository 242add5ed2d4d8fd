//! Changes of trust: who joins, who leaves, which key governs what. Each returns the next state or the rule that
//! forbids it; the engine sets number, hash, time and author of the snapshot.

use super::key::Key;
use super::name::{KeyName, MemberName};
use super::trust::{Former, Member, Role, Scope, Trust};

/// The maximum number of members of a vault, and of readers of a key (FORMAT.md, limits).
pub(crate) const MEMBERS_LIMIT: usize = 200;

/// The name of the recovery key's member: an admin and a reader of every key, in case the other identities are lost.
pub(crate) const RECOVERY: &str = "recovery";

/// A rule for members and keys that a change would break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TeamError {
    /// Nobody has that name.
    #[error("there is no member `{0}`")]
    NoSuchMember(MemberName),
    /// Somebody else has that name.
    #[error("another member is called `{0}`")]
    NameTaken(MemberName),
    /// The identity of a member cannot ask to join again.
    #[error("this identity is already the member `{member}`")]
    AlreadyMember {
        /// Whose identity it is.
        member: MemberName,
        /// The name that was asked for.
        asked: Option<MemberName>,
    },
    /// Somebody already signs with that key.
    #[error("`{0}` signs with the same key")]
    SigningKeyTaken(MemberName),
    /// Somebody already has that recipient: the requester may not have its private key.
    #[error("`{0}` has the same recipient")]
    RecipientTaken(MemberName),
    /// A removed member had that name or that signing key.
    #[error("`{0}` was removed from this vault; that name or signing key is not accepted again by default")]
    Former(MemberName),
    /// Nobody could change members or keys any more.
    #[error("`{0}` is the last admin")]
    LastAdmin(MemberName),
    /// Nobody can revoke their own rights.
    #[error("you cannot remove yourself or revoke your own rights")]
    Yourself,
    /// More members than a vault may have.
    #[error("a vault has at most {MEMBERS_LIMIT} members")]
    TooManyMembers,
    /// A member without a recipient could read nothing.
    #[error("`{0}` has no recipient")]
    NoRecipient(MemberName),
    /// The current identity would sign with a key that is worthless a moment later.
    #[error("you cannot replace the keys that you are using")]
    OwnKeys,
    /// A recipient of the old identity is not a new one.
    #[error("the request from `{0}` reuses an old recipient")]
    SameRecipient(MemberName),
    /// A key has that name already.
    #[error("a key `{0}` already exists")]
    KeyExists(KeyName),
    /// `*` is for writers; a key governs one kind of names.
    #[error("a key's scope must be `parameter:/PREFIX` or `secret:PREFIX`, not `*`")]
    WholeScope,
    /// The current member must be able to open the key versions they create.
    #[error("you must remain a reader of `{0}`: nobody else could fix it")]
    ReaderNeeded(KeyName),
    /// Not among the readers.
    #[error("`{member}` is not a reader of `{key}`")]
    NotAReader {
        /// The member.
        member: MemberName,
        /// The key.
        key: KeyName,
    },
}

/// The keys that replace a member's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewKeys<'a> {
    /// The Ed25519 public key.
    pub sign: [u8; 32],
    /// Its fingerprint.
    pub fingerprint: [u8; 8],
    /// age recipients.
    pub recipients: &'a [String],
}

/// Whether a name or signing key of a removed member may come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Return {
    /// The usual case.
    Refused,
    /// Explicitly allowed.
    Allowed,
}

impl Member {
    fn check_shares_no_key(&self, sign: &[u8; 32], recipients: &[String]) -> Result<(), TeamError> {
        if self.sign == *sign {
            return Err(TeamError::SigningKeyTaken(self.name.clone()));
        }
        let is_shared = self.recipients.iter().any(|recipient| recipients.contains(recipient));
        if is_shared { Err(TeamError::RecipientTaken(self.name.clone())) } else { Ok(()) }
    }
}

impl Trust {
    /// The recovery key's member, if this vault has one.
    pub(crate) fn recovery(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.name.as_str() == RECOVERY && member.role == Role::Admin)
    }

    /// With one more member, whose signing key has that fingerprint.
    pub(crate) fn with_member(&self, member: Member, fingerprint: [u8; 8], back: Return) -> Result<Trust, TeamError> {
        if self.members.len() >= MEMBERS_LIMIT {
            return Err(TeamError::TooManyMembers);
        }
        if member.recipients.is_empty() {
            return Err(TeamError::NoRecipient(member.name));
        }
        for other in &self.members {
            if other.name == member.name {
                return Err(TeamError::NameTaken(other.name.clone()));
            }
            other.check_shares_no_key(&member.sign, &member.recipients)?;
        }
        let gone = self.former.iter().find(|it| it.name == member.name || it.fingerprint == fingerprint);
        if let (Some(gone), Return::Refused) = (gone, back) {
            return Err(TeamError::Former(gone.name.clone()));
        }
        let mut next = self.clone();
        next.members.push(member);
        Ok(next)
    }

    /// Without a member, whose signing key has that fingerprint. `at_work` is the current member.
    pub(crate) fn without_member(
        &self,
        name: &MemberName,
        fingerprint: [u8; 8],
        at_work: &MemberName,
    ) -> Result<Trust, TeamError> {
        let member = self.member(name).ok_or_else(|| TeamError::NoSuchMember(name.clone()))?;
        let others = self.members.iter().filter(|other| other.name != *name);
        if member.role == Role::Admin && !others.clone().any(|other| other.role == Role::Admin) {
            return Err(TeamError::LastAdmin(name.clone()));
        }
        if name == at_work {
            return Err(TeamError::Yourself);
        }
        let mut next = Trust { members: others.cloned().collect(), ..self.clone() };
        next.keys.iter_mut().for_each(|key| key.readers.retain(|reader| reader != name));
        let former = Former { name: name.clone(), fingerprint };
        if !next.former.contains(&former) {
            next.former.push(former);
        }
        Ok(next)
    }

    /// With other keys for a member, whose signing key had the fingerprint `old`; that one is not accepted again by
    /// default. `at_work` is the current member.
    pub(crate) fn with_new_keys(
        &self,
        name: &MemberName,
        keys: NewKeys<'_>,
        old: [u8; 8],
        at_work: &MemberName,
        back: Return,
    ) -> Result<Trust, TeamError> {
        self.member(name).ok_or_else(|| TeamError::NoSuchMember(name.clone()))?;
        if name == at_work {
            return Err(TeamError::OwnKeys);
        }
        if keys.recipients.is_empty() {
            return Err(TeamError::NoRecipient(name.clone()));
        }
        for other in self.members.iter().filter(|other| other.name != *name) {
            other.check_shares_no_key(&keys.sign, keys.recipients)?;
        }
        let gone = self.former.iter().find(|former| former.fingerprint == keys.fingerprint);
        if let (Some(gone), Return::Refused) = (gone, back) {
            return Err(TeamError::Former(gone.name.clone()));
        }
        let mut next = self.clone();
        for member in next.members.iter_mut().filter(|member| member.name == *name) {
            member.sign = keys.sign;
            member.recipients = keys.recipients.to_vec();
        }
        let former = Former { name: name.clone(), fingerprint: old };
        if keys.fingerprint != old && !next.former.contains(&former) {
            next.former.push(former);
        }
        Ok(next)
    }

    /// With other rights for a member. `at_work` is the current member.
    pub(crate) fn with_rights(
        &self,
        name: &MemberName,
        role: Role,
        write: &[Scope],
        at_work: &MemberName,
    ) -> Result<Trust, TeamError> {
        let before = self.member(name).ok_or_else(|| TeamError::NoSuchMember(name.clone()))?;
        if before.role == Role::Admin && role == Role::Member && name == at_work {
            return Err(TeamError::Yourself);
        }
        let mut next = self.clone();
        for member in next.members.iter_mut().filter(|member| member.name == *name) {
            member.role = role;
            member.write = write.to_vec();
        }
        if next.members.iter().any(|member| member.role == Role::Admin) {
            Ok(next)
        } else {
            Err(TeamError::LastAdmin(name.clone()))
        }
    }

    /// With one more key, which takes its scopes from those that had them.
    pub(crate) fn with_key(&self, key: Key) -> Result<Trust, TeamError> {
        if self.key(&key.name).is_some() {
            return Err(TeamError::KeyExists(key.name));
        }
        let scopes = key.scopes.clone();
        let mut next = self.clone();
        let name = key.name.clone();
        next.keys.push(Key { scopes: Vec::new(), ..key });
        next.with_scopes(&name, &scopes)
    }

    /// With scopes that a key takes over.
    pub(crate) fn with_scopes(&self, key: &KeyName, scopes: &[Scope]) -> Result<Trust, TeamError> {
        if scopes.contains(&Scope::All) {
            return Err(TeamError::WholeScope);
        }
        let mut next = self.clone();
        for rule in &mut next.keys {
            if rule.name == *key {
                let new: Vec<Scope> = scopes.iter().filter(|scope| !rule.scopes.contains(scope)).cloned().collect();
                rule.scopes.extend(new);
            } else {
                rule.scopes.retain(|scope| !scopes.contains(scope));
            }
        }
        Ok(next)
    }

    /// With more readers of a key.
    pub(crate) fn with_readers(&self, key: &KeyName, readers: &[MemberName]) -> Result<Trust, TeamError> {
        if let Some(stranger) = readers.iter().find(|reader| self.member(reader).is_none()) {
            return Err(TeamError::NoSuchMember(stranger.clone()));
        }
        let mut next = self.clone();
        for key in next.keys.iter_mut().filter(|it| it.name == *key) {
            let new: Vec<_> = readers.iter().filter(|reader| !key.readers.contains(reader)).cloned().collect();
            key.readers.extend(new);
        }
        Ok(next)
    }

    /// With another state of a key that it has.
    #[must_use]
    pub(crate) fn with_changed_key(&self, key: &Key) -> Trust {
        let mut next = self.clone();
        for it in next.keys.iter_mut().filter(|it| it.name == key.name) {
            it.clone_from(key);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::super::trust_sample::{self, key, member};
    use super::*;

    fn trust() -> Trust {
        let members = vec![member("ana", Role::Admin, 1), member("bob", Role::Member, 2)];
        trust_sample::trust(members, vec![key("default", &[1], &["parameter:/"])])
    }

    #[test]
    fn nobody_joins_under_another_s_name_or_key() {
        let refused = |new: Member| trust().with_member(new, [9; 8], Return::Refused).unwrap_err();
        let bob = || "bob".parse().unwrap();
        assert_eq!(refused(member("bob", Role::Member, 3)), TeamError::NameTaken(bob()));
        assert_eq!(refused(member("eve", Role::Member, 2)), TeamError::SigningKeyTaken(bob()));
        let thief = Member { recipients: vec!["age1eve".into(), "age1bob".into()], ..member("eve", Role::Member, 3) };
        assert_eq!(refused(thief), TeamError::RecipientTaken(bob()));
        let deaf = Member { recipients: vec![], ..member("eve", Role::Member, 3) };
        assert!(matches!(refused(deaf), TeamError::NoRecipient(_)));
    }

    #[test]
    fn who_was_removed_comes_back_only_on_purpose() {
        let ana = "ana".parse().unwrap();
        let without = trust().without_member(&"bob".parse().unwrap(), [7; 8], &ana).unwrap();
        assert_eq!(without.former.len(), 1);
        let same_name = member("bob", Role::Member, 5);
        let same_key = member("robert", Role::Member, 2);
        assert!(without.with_member(same_name.clone(), [8; 8], Return::Refused).is_err());
        assert!(without.with_member(same_key, [7; 8], Return::Refused).is_err());
        assert!(without.with_member(same_name, [8; 8], Return::Allowed).is_ok());
        assert!(without.with_member(member("eve", Role::Member, 6), [8; 8], Return::Refused).is_ok());
    }

    #[test]
    fn an_admin_stays() {
        let (ana, bob): (MemberName, MemberName) = ("ana".parse().unwrap(), "bob".parse().unwrap());
        assert_eq!(trust().without_member(&ana, [0; 8], &bob).unwrap_err(), TeamError::LastAdmin(ana.clone()));
        let mut two = trust();
        two.members[1].role = Role::Admin;
        assert_eq!(two.without_member(&ana, [0; 8], &ana).unwrap_err(), TeamError::Yourself);
        assert!(two.without_member(&ana, [0; 8], &bob).is_ok());
    }

    #[test]
    fn old_keys_are_gone_for_good() {
        let (ana, bob): (MemberName, MemberName) = ("ana".parse().unwrap(), "bob".parse().unwrap());
        let given = ["age1new".to_owned()];
        let keys = NewKeys { sign: [5; 32], fingerprint: [5; 8], recipients: &given };
        let next = trust().with_new_keys(&bob, keys, [2; 8], &ana, Return::Refused).unwrap();
        assert_eq!((next.members[1].sign, &next.members[1].recipients[..]), ([5; 32], &given[..]));
        assert_eq!(next.former, [Former { name: bob.clone(), fingerprint: [2; 8] }]);
        let old = NewKeys { sign: [2; 32], fingerprint: [2; 8], recipients: &given };
        let back = |back| next.with_new_keys(&bob, old, [5; 8], &ana, back);
        assert_eq!(back(Return::Refused).unwrap_err(), TeamError::Former(bob.clone()));
        assert!(back(Return::Allowed).is_ok());
        let refused = |keys| trust().with_new_keys(&bob, keys, [2; 8], &ana, Return::Refused).unwrap_err();
        assert_eq!(refused(NewKeys { sign: [1; 32], ..keys }), TeamError::SigningKeyTaken(ana.clone()));
        let theirs = ["age1ana".to_owned()];
        assert_eq!(refused(NewKeys { recipients: &theirs, ..keys }), TeamError::RecipientTaken(ana.clone()));
        assert_eq!(refused(NewKeys { recipients: &[], ..keys }), TeamError::NoRecipient(bob));
        assert_eq!(trust().with_new_keys(&ana, keys, [1; 8], &ana, Return::Refused).unwrap_err(), TeamError::OwnKeys);
    }

    #[test]
    fn rights_change_and_an_admin_stays() {
        let (ana, bob): (MemberName, MemberName) = ("ana".parse().unwrap(), "bob".parse().unwrap());
        let next = trust().with_rights(&bob, Role::Admin, &[Scope::All], &ana).unwrap();
        assert_eq!((next.members[1].role, &next.members[1].write), (Role::Admin, &vec![Scope::All]));
        assert_eq!(next.with_rights(&bob, Role::Member, &[], &bob).unwrap_err(), TeamError::Yourself);
        assert!(next.with_rights(&ana, Role::Member, &[], &bob).is_ok());
        assert_eq!(trust().with_rights(&ana, Role::Member, &[], &bob).unwrap_err(), TeamError::LastAdmin(ana));
    }

    #[test]
    fn a_scope_belongs_to_one_key() {
        let scopes: Vec<Scope> = vec!["parameter:/prod".parse().unwrap()];
        let next = trust().with_key(key("prod", &[1], &["parameter:/prod"])).unwrap();
        let back = next.with_scopes(&"default".parse().unwrap(), &scopes).unwrap();
        assert!(back.keys[1].scopes.is_empty() && back.keys[0].scopes.len() == 2);
        assert_eq!(back.with_scopes(&"default".parse().unwrap(), &scopes).unwrap(), back, "twice is once");
        assert!(trust().with_key(key("default", &[1], &[])).is_err());
        assert!(trust().with_key(key("all", &[1], &["*"])).is_err());
    }

    #[test]
    fn only_members_read_and_who_leaves_reads_no_more() {
        let (ana, bob): (MemberName, MemberName) = ("ana".parse().unwrap(), "bob".parse().unwrap());
        let default: KeyName = "default".parse().unwrap();
        let granted = trust().with_readers(&default, &[bob.clone(), ana.clone()]).unwrap();
        assert_eq!(granted.keys[0].readers, [ana.clone(), bob.clone()]);
        let eve: MemberName = "eve".parse().unwrap();
        assert_eq!(
            trust().with_readers(&default, std::slice::from_ref(&eve)).unwrap_err(),
            TeamError::NoSuchMember(eve)
        );
        assert_eq!(granted.without_member(&bob, [2; 8], &ana).unwrap().keys[0].readers, [ana]);
    }
}
