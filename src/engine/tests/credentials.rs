//! Credentials for the server: who issues, changes and revokes them, and what becomes of them.

use super::world::{Person, World, now, policy};
use crate::engine::{CredentialState, Error, MergeOutcome, Sides, Tampering, Vault};
use crate::format::path::credential_path;
use crate::model::credential::{AccessKeyId, Credential, CredentialError};
use crate::model::time::Timestamp;
use crate::model::trust::{Kind, Role, Scope};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ssm:Get*","Resource":"*"}}"#;

fn issue(vault: &Vault<'_>) -> (Credential, String) {
    let (credential, key) = vault.issue_credential("shop in CI", POLICY, None, now()).unwrap();
    (credential, key.reveal_text().unwrap().to_owned())
}

fn state(world: &World, name: &AccessKeyId) -> CredentialState {
    let vault = world.open(&world.alice);
    vault.credential_state(&vault.issued_credential(name).unwrap(), now())
}

/// Changes a credential in a way that the engine offers nobody.
fn tamper(world: &World, who: &Person, name: &AccessKeyId, change: impl Fn(&mut Credential)) {
    let vault = world.open(who);
    let changed = vault.change(name, now(), |existing: Option<&Credential>| {
        let mut credential = existing.cloned().unwrap();
        change(&mut credential);
        Ok((credential, ()))
    });
    changed.unwrap();
}

#[test]
fn a_credential_is_issued_once_and_revoked_for_ever() {
    let world = World::new();
    let (credential, key) = issue(&world.open(&world.alice));
    assert_eq!((key.len(), credential.member.as_str()), (40, "alice"));
    let vault = world.open(&world.alice);
    let read = vault.issued_credential(&credential.name).unwrap();
    assert_eq!(vault.secret_access_key(&read).unwrap().reveal_text(), Some(key.as_str()));
    assert_eq!(vault.issued_credentials().unwrap().found, std::slice::from_ref(&read));
    assert_eq!(state(&world, &credential.name), CredentialState::Active);
    world.assert_valid();
    assert!(vault.revoke_credential(&credential.name, now()).unwrap());
    assert!(!vault.revoke_credential(&credential.name, now()).unwrap());
    assert_eq!(state(&world, &credential.name), CredentialState::Revoked);
    let revoked = vault.issued_credential(&credential.name).unwrap();
    assert_eq!((revoked.policy.as_str(), revoked.versions.len()), (POLICY, 0));
    let closed = vault.secret_access_key(&revoked).unwrap_err();
    assert!(matches!(closed, Error::Credential { error: CredentialError::Revoked, .. }));
    world.assert_valid();
}

#[test]
fn what_is_no_policy_or_over_already_is_not_issued() {
    let world = World::new();
    let vault = world.open(&world.alice);
    let past = Some(Timestamp::from_unix(0));
    for (description, policy, expires) in [("ci", "{}", None), ("", POLICY, None), ("ci", POLICY, past)] {
        let refused = vault.issue_credential(description, policy, expires, now()).map(drop);
        assert!(matches!(refused, Err(Error::Credential { .. })), "{refused:?}");
    }
    assert!(vault.issued_credentials().unwrap().found.is_empty());
    let soon = Timestamp::from_unix(now().unix() + 1);
    let (credential, _) = vault.issue_credential("ci", POLICY, Some(soon), now()).unwrap();
    assert_eq!(vault.credential_state(&credential, now()), CredentialState::Active);
    assert_eq!(vault.credential_state(&credential, soon), CredentialState::Expired);
}

#[test]
fn nobody_issues_or_widens_one_for_another_member_but_everybody_revokes() {
    let world = World::new();
    let bob = world.join("bob", &["default"]);
    let (credential, _) = issue(&world.open(&world.alice));
    let path = credential_path(&credential.name);
    let before = world.files.get(&path).unwrap();
    let forgeries: [fn(&mut Credential); 2] =
        [|it| it.policy = it.policy.replace("ssm:Get*", "*"), |it| it.description = "another".into()];
    for forgery in forgeries {
        tamper(&world, &bob, &credential.name, forgery);
        let fresh = world.clone_elsewhere();
        let refused = fresh.open(&fresh.alice).issued_credential(&credential.name).unwrap_err();
        assert!(matches!(refused, Error::Tampered { reason: Tampering::NotAllowed(_), .. }), "{refused}");
        world.files.set(&path, before.clone());
    }
    let (own, _) = issue(&world.open(&bob));
    tamper(&world, &bob, &own.name, |it| it.member = "alice".parse().unwrap());
    let refused = world.open(&world.alice).issued_credential(&own.name).unwrap_err();
    assert!(matches!(refused, Error::Tampered { reason: Tampering::NotAllowed(_), .. }), "{refused}");

    let world = World::new();
    let bob = world.join("bob", &["default"]);
    let (credential, _) = issue(&world.open(&world.alice));
    world.open(&bob).revoke_credential(&credential.name, now()).unwrap();
    assert_eq!(state(&world, &credential.name), CredentialState::Revoked);
}

#[test]
fn an_older_state_of_a_revoked_one_is_a_rollback() {
    let world = World::new();
    let vault = world.open(&world.alice);
    let (credential, _) = issue(&vault);
    let path = credential_path(&credential.name);
    let active = world.files.get(&path).unwrap();
    vault.revoke_credential(&credential.name, now()).unwrap();
    vault.finish();
    world.files.set(&path, active);
    let refused = world.open(&world.alice).issued_credential(&credential.name).unwrap_err();
    assert!(matches!(refused, Error::Rollback { .. }), "{refused}");
}

#[test]
fn a_member_who_leaves_or_loses_the_right_takes_their_credentials_along() {
    let world = World::new();
    let bob = world.join("bob", &["default"]);
    let name = bob.name.parse().unwrap();
    let (credential, _) = issue(&world.open(&bob));
    let vault = world.open(&world.alice);
    let write: Scope = "parameter:/app".parse().unwrap();
    vault.update_member(&name, Role::Member, &[write], now(), &mut |_| {}).unwrap();
    assert_eq!(state(&world, &credential.name), CredentialState::NotAllowed);
    let vault = world.open(&world.alice);
    vault.update_member(&name, Role::Member, &[Scope::All], now(), &mut |_| {}).unwrap();
    assert_eq!(state(&world, &credential.name), CredentialState::Active);
    world.assert_valid();

    let vault = world.open(&world.alice);
    let plan = vault.plan_removal(&name).unwrap();
    assert_eq!((plan.credentials, plan.signed), (vec![credential.name.clone()], Vec::new()));
    vault.remove_member(&name, &policy(), now(), &mut |_| {}).unwrap();
    let vault = world.open(&world.alice);
    let revoked = vault.issued_credential(&credential.name).unwrap();
    assert_eq!((revoked.revoked, revoked.head.by.as_str()), (true, "alice"));
    world.assert_valid();
}

#[test]
fn a_member_who_is_no_admin_any_more_leaves_no_signature_for_others() {
    let world = World::new();
    let bob = world.join("bob", &["default"]);
    let name = bob.name.parse().unwrap();
    let vault = world.open(&world.alice);
    vault.update_member(&name, Role::Admin, &[Scope::All], now(), &mut |_| {}).unwrap();
    let (credential, _) = issue(&world.open(&world.alice));
    tamper(&world, &bob, &credential.name, |it| it.description = "renamed".into());
    assert_eq!(state(&world, &credential.name), CredentialState::Active);
    let vault = world.open(&world.alice);
    vault.update_member(&name, Role::Member, &[Scope::All], now(), &mut |_| {}).unwrap();
    assert_eq!(state(&world, &credential.name), CredentialState::Active);
    world.assert_valid();
}

#[test]
fn the_secret_access_key_moves_with_its_key() {
    let world = World::new();
    let bob = world.join("bob", &["default"]);
    let (credential, key) = issue(&world.open(&world.alice));
    let vault = world.open(&world.alice);
    let default = "default".parse().unwrap();
    let bob: crate::model::name::MemberName = bob.name.parse().unwrap();
    assert!(vault.member_may_read(&bob, Kind::Parameter, "/a").unwrap());
    assert!(vault.member_may_write(&bob, Kind::Secret, "a"));
    vault.revoke(&default, std::slice::from_ref(&bob), &policy(), now()).unwrap();
    let vault = world.open(&world.alice);
    assert!(!vault.member_may_read(&bob, Kind::Parameter, "/a").unwrap());
    let exposed = vault.must_rotate().unwrap().found;
    assert_eq!((exposed.len(), exposed[0].kind), (1, Kind::Credential));
    assert_eq!(vault.reencrypt(&default, now(), &mut |_| {}).unwrap(), 1);
    let again = world.open(&world.alice).issued_credential(&credential.name).unwrap();
    assert_ne!(again.versions[0].content, credential.versions[0].content);
    assert!(again.versions[0].exposed);
    let vault = world.open(&world.alice);
    assert_eq!(vault.secret_access_key(&again).unwrap().reveal_text(), Some(key.as_str()));
    let nobody = "nobody".parse().unwrap();
    assert!(!vault.member_may_write(&nobody, Kind::Secret, "a"));
    assert!(!vault.member_may_read(&nobody, Kind::Secret, "a").unwrap());
}

#[test]
fn two_branches_meet_and_a_revocation_wins() {
    let world = World::new();
    let (credential, _) = issue(&world.open(&world.alice));
    let path = credential_path(&credential.name);
    let base = world.files.get(&path).unwrap();
    let other = world.clone_elsewhere();
    tamper(&other, &other.alice, &credential.name, |it| it.description = "renamed".into());
    world.open(&world.alice).revoke_credential(&credential.name, now()).unwrap();
    let (ours, theirs) = (world.files.get(&path).unwrap(), other.files.get(&path).unwrap());
    for (ours, theirs) in [(&ours, &theirs), (&theirs, &ours)] {
        let place = world.clone_elsewhere();
        let vault = place.open(&place.alice);
        let outcome = vault.merge(&path, Sides::new(Some(&base), ours, theirs), None, None).unwrap();
        let MergeOutcome::Merged { bytes, .. } = outcome else { panic!("{outcome:?}") };
        vault.place_merged(&[(path.clone(), bytes)], now()).unwrap();
        let merged = place.open(&place.alice).issued_credential(&credential.name).unwrap();
        assert_eq!((merged.revoked, merged.description.as_str()), (true, "renamed"));
        place.assert_valid();
    }
}
