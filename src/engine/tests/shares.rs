use super::rigged::{Fault, Rigged};
use super::world::{Person, World, new_secret, new_value, now, parameter, policy, put, secret, secure};
use crate::engine::document::Document;
use crate::engine::{Error, MergeOutcome, NewKey, Notice, ShareOrder, ShareState, Sides, Tampering, Vault};
use crate::format::path::share_path;
use crate::model::id::VaultId;
use crate::model::key::{Codec, Suite};
use crate::model::parameter::{Selector, Version};
use crate::model::secret::{Stage, StageMove};
use crate::model::share::{Share, ShareError, Shared, With};
use crate::model::time::{DAY, Timestamp};

/// Another vault.
const ELSEWHERE: VaultId = VaultId([9; 32]);

/// Something is shared with somebody of another vault, who is no member of this one.
fn order(what: &str, eve: &Person) -> ShareOrder {
    let recipients = eve.identity().recipients();
    ShareOrder { what: shared_as(what), with: With::Vault(ELSEWHERE), recipients, expires: None }
}

fn order_for_member(what: &str, name: &str) -> ShareOrder {
    let with = With::Member(name.parse().unwrap());
    ShareOrder { what: shared_as(what), with, recipients: Vec::new(), expires: None }
}

fn shared_as(scope: &str) -> Shared {
    Shared::of_scope(scope).unwrap()
}

/// A vault with two secrets and three parameters, of which `eve`, of another vault, is shared one secret and one path.
fn shared() -> (World, Vault<'static>, Person) {
    let (world, eve) = (World::new(), Person::new("eve"));
    let vault = world.open(&world.alice);
    for name in ["db", "other"] {
        vault.create_secret(&secret(name), &new_secret("1"), now()).unwrap();
    }
    for name in ["/app/a", "/app/b/c", "/apple"] {
        put(&vault, name, "1");
    }
    vault.share(&order("secret:db", &eve), now()).unwrap();
    vault.share(&order("parameter:/app", &eve), now()).unwrap();
    (world, vault, eve)
}

/// The current value of a secret, as somebody opens it.
fn value(world: &World, who: &Person, name: &str) -> Result<String, Error> {
    let vault = world.open(who);
    let found = vault.secret(&secret(name))?;
    let version = found.select(None, None).map_err(|error| Error::Secret { name: name.into(), error })?;
    vault.reveal(&found, version).map(|value| value.reveal_text().unwrap().to_owned())
}

/// The newest value of a parameter, as somebody opens it.
fn parameter_value(world: &World, who: &Person, name: &str) -> Result<String, Error> {
    let vault = world.open(who);
    let found = vault.parameter(&parameter(name), now())?;
    vault.reveal(&found, found.latest().unwrap()).map(|value| value.reveal_text().unwrap().to_owned())
}

fn why(outcome: Result<String, Error>) -> ShareError {
    match outcome {
        Err(Error::Share { error, .. }) => error,
        other => panic!("{other:?}"),
    }
}

fn share_of(world: &World, scope: &str) -> Share {
    world.shares().into_iter().find(|share| share.name == scope).unwrap()
}

fn states(world: &World) -> Vec<ShareState> {
    let vault = world.open(&world.alice);
    world.shares().iter().map(|share| vault.share_state(share, now()).unwrap()).collect()
}

fn exposed(vault: &Vault<'_>) -> Vec<String> {
    vault.must_rotate().unwrap().whole().unwrap().into_iter().map(|exposed| exposed.name).collect()
}

/// Writes a share as it is, signed by somebody.
fn forge(world: &World, by: &Person, share: Share) {
    let vault = world.open(by);
    let mut writing = vault.writing(now()).unwrap();
    writing.put_above(share).unwrap();
    writing.publish_listed().unwrap();
}

#[test]
fn a_share_opens_the_current_value_of_what_it_covers_and_nothing_else() {
    let (world, vault, eve) = shared();
    assert_eq!(value(&world, &eve, "db").unwrap(), "1");
    assert_eq!(parameter_value(&world, &eve, "/app/a").unwrap(), "1");
    assert_eq!(parameter_value(&world, &eve, "/app/b/c").unwrap(), "1");
    assert!(matches!(value(&world, &eve, "other"), Err(Error::NotAReader { .. })));
    assert!(matches!(parameter_value(&world, &eve, "/apple"), Err(Error::NotAReader { .. })));
    let mallory = Person::new("mallory");
    assert!(matches!(value(&world, &mallory, "db"), Err(Error::NotAReader { .. })));
    put(&vault, "/app/a", "2");
    let (theirs, name) = (world.open(&eve), parameter("/app/a"));
    let found = theirs.parameter(&name, now()).unwrap();
    let open = |version: &Version| theirs.reveal(&found, version).map(|value| value.reveal_text().unwrap().to_owned());
    assert_eq!(open(&found.versions[1]).unwrap(), "2");
    assert_eq!(why(open(&found.versions[0])), ShareError::NotCurrent);
    world.assert_valid();
}

#[test]
fn no_way_of_changing_a_shared_value_passes_the_share_by() {
    let (world, vault, eve) = shared();
    let read = |name: &str| parameter_value(&world, &eve, name).unwrap();
    let current = |what: &str| assert_eq!(states(&world), [ShareState::Current; 2], "{what}");
    put(&vault, "/app/a", "2");
    assert_eq!(read("/app/a"), "2");
    vault.rollback(&parameter("/app/a"), &Selector::Version(1), now()).unwrap();
    assert_eq!(read("/app/a"), "1");
    put(&vault, "/app/new", "new");
    assert_eq!(read("/app/new"), "new", "what comes below a path is shared with it");
    vault.rename(&parameter("/apple"), &parameter("/app/pear"), now()).unwrap();
    assert_eq!(read("/app/pear"), "1");
    vault.rename(&parameter("/app/pear"), &parameter("/apple"), now()).unwrap();
    assert!(matches!(parameter_value(&world, &eve, "/apple"), Err(Error::NotAReader { .. })));
    current("rename");
    vault.tag(&parameter("/app/a"), &[("a".to_owned(), "b".to_owned())].into(), now()).unwrap();
    vault.purge::<crate::model::parameter::Parameter>(&parameter("/app/new"), now()).unwrap();
    vault.delete::<crate::model::parameter::Parameter>(&parameter("/app/new"), now()).unwrap();
    current("delete");
    let first = vault.secret(&secret("db")).unwrap().select(None, None).unwrap().id();
    vault.put_secret_value(&secret("db"), &new_value("2"), None, None, None, now()).unwrap();
    assert_eq!(value(&world, &eve, "db").unwrap(), "2");
    let second = vault.secret(&secret("db")).unwrap().select(None, None).unwrap().id();
    let back = StageMove { stage: Stage::current(), from: Some(second), to: Some(first) };
    vault.stage_secret(&secret("db"), &back, now()).unwrap();
    assert_eq!(value(&world, &eve, "db").unwrap(), "1");
    let key = "default".parse().unwrap();
    vault.rotate_key(&key, &policy(), now()).unwrap();
    vault.reencrypt(&key, now(), &mut |_| {}).unwrap();
    assert_eq!((value(&world, &eve, "db").unwrap(), read("/app/a")), ("1".into(), "1".into()));
    current("reencrypt");
    vault.delete::<crate::model::secret::Secret>(&secret("db"), now()).unwrap();
    assert_eq!(world.shares().len(), 1, "the share of a secret ends with it");
    vault.create_secret(&secret("db"), &new_secret("again"), now()).unwrap();
    assert!(matches!(value(&world, &eve, "db"), Err(Error::NotAReader { .. })));
    world.assert_valid();
}

#[test]
fn a_value_that_does_not_change_is_not_sealed_again() {
    let (world, vault, _) = shared();
    let before = share_of(&world, "parameter:/app");
    vault.tag(&parameter("/app/a"), &[("a".to_owned(), "b".to_owned())].into(), now()).unwrap();
    let after = share_of(&world, "parameter:/app");
    assert_eq!(after.items[0].text, before.items[0].text);
    assert_eq!((after.items[0].rev, before.items[0].rev), (2, 1));
}

#[test]
fn a_run_killed_between_value_and_share_leaves_it_behind_and_a_renewal_finishes_it() {
    let (world, _, eve) = shared();
    let killed = world.open_on(Rigged::new(&world.files, Fault::FullAfter(1)), &world.alice);
    killed.put_secret_value(&secret("db"), &new_value("2"), None, None, None, now()).unwrap();
    assert!(killed.finish().iter().any(|notice| matches!(notice, Notice::ShareBehind { .. })));
    assert_eq!(why(value(&world, &eve, "db")), ShareError::Stale);
    let share = share_of(&world, "secret:db");
    let vault = world.open(&world.alice);
    assert_eq!(vault.share_state(&share, now()).unwrap(), ShareState::Behind);
    assert!(vault.renew_share(share.id, now()).unwrap());
    assert!(!vault.renew_share(share.id, now()).unwrap(), "once is enough");
    assert_eq!(value(&world, &eve, "db").unwrap(), "2");
}

#[test]
fn somebody_who_writes_and_does_not_read_leaves_the_share_behind() {
    let (world, _, eve) = shared();
    let bob = world.join("bob", &[]);
    let theirs = world.open(&bob);
    theirs.put_parameter(&secure("/app/a", "2"), now()).unwrap();
    assert!(theirs.finish().iter().any(|notice| matches!(notice, Notice::ShareBehind { .. })));
    assert_eq!(why(parameter_value(&world, &eve, "/app/a")), ShareError::Stale);
    let share = share_of(&world, "parameter:/app");
    assert!(!world.open(&bob).may_share(&share).unwrap());
    world.open(&world.alice).renew_share(share.id, now()).unwrap();
    assert_eq!(parameter_value(&world, &eve, "/app/a").unwrap(), "2");
}

#[test]
fn a_share_of_somebody_who_may_not_open_the_value_is_refused() {
    let (world, _, eve) = shared();
    let carol = world.join("carol", &[]);
    let vault = world.open(&world.alice);
    let refused = world.open(&carol).share(&order("secret:other", &carol), now());
    assert!(matches!(refused, Err(Error::NotAReader { .. })));
    // Empty, so that nothing has to be opened, and for a key of her own: the next reader who puts a value would fill it.
    let mut forged = share_of(&world, "secret:db");
    (forged.id.0, forged.name) = ([8; 16], "secret:other".into());
    forged.items.clear();
    forged.to.recipients = carol.identity().recipients();
    forge(&world, &carol, forged.clone());
    vault.put_secret_value(&secret("other"), &new_value("2"), None, None, None, now()).unwrap();
    let raw = world.files.get(&share_path(forged.id)).unwrap();
    assert!(!String::from_utf8_lossy(&raw).contains("age1:"), "nothing was sealed for her");
    let opened = value(&world, &carol, "other");
    let reason = |error: &Error| matches!(error, Error::Tampered { reason: Tampering::NotAllowed(_), .. });
    assert!(opened.as_ref().is_err_and(reason), "{opened:?}");
    assert_eq!(value(&world, &eve, "db").unwrap(), "1", "and it hides no other");
    assert_eq!(
        world.open(&world.alice).verify(crate::engine::CheckpointDemand::IfPresent, |_| {}).unwrap().findings.len(),
        1
    );
    let ended = vault.unshare(&shared_as("secret:other"), &With::Vault(ELSEWHERE), now()).unwrap();
    assert_eq!(ended.marked, Vec::<String>::new());
    world.assert_valid();
}

#[test]
fn items_swapped_between_two_shares_open_nothing() {
    let (world, vault, eve) = shared();
    vault.share(&order("secret:other", &eve), now()).unwrap();
    let (db, mut other) = (share_of(&world, "secret:db"), share_of(&world, "secret:other"));
    other.items[0].text.clone_from(&db.items[0].text);
    forge(&world, &world.alice, other.clone());
    assert!(matches!(value(&world, &eve, "other"), Err(Error::Unopened { .. })));
    // The value of a sibling under the name of another: the items of one path.
    let mut path = share_of(&world, "parameter:/app");
    let (one, two) = (path.items[0].text.clone(), path.items[1].text.clone());
    (path.items[0].text, path.items[1].text) = (two, one);
    forge(&world, &world.alice, path);
    assert!(matches!(parameter_value(&world, &eve, "/app/a"), Err(Error::Unopened { .. })));
}

#[test]
fn recipients_that_were_edited_in_git_are_noticed() {
    let (world, _, eve) = shared();
    let mallory = Person::new("mallory");
    let path = share_path(share_of(&world, "secret:db").id);
    let text = String::from_utf8(world.files.get(&path).unwrap()).unwrap();
    let edited = text.replace(&eve.identity().recipients()[0], &mallory.identity().recipients()[0]);
    assert_ne!(edited, text);
    world.files.set(&path, edited.into_bytes());
    let vault = world.open(&world.alice);
    assert!(matches!(vault.shares().unwrap().refused[0].error, Error::Tampered { .. }));
    vault.put_secret_value(&secret("db"), &new_value("2"), None, None, None, now()).unwrap();
    assert!(matches!(value(&world, &eve, "db"), Err(Error::Tampered { .. })));
    assert!(matches!(value(&world, &mallory, "db"), Err(Error::NotAReader { .. } | Error::Tampered { .. })));
}

#[test]
fn a_member_who_leaves_ends_the_shares_with_them_and_by_them_and_their_values_are_exposed() {
    let (world, _, eve) = shared();
    let (bob, carol) = (world.join("bob", &["default"]), world.join("carol", &[]));
    let vault = world.open(&world.alice);
    world.open(&bob).share(&order("secret:other", &eve), now()).unwrap();
    vault.share(&order_for_member("parameter:/apple", &carol.name), now()).unwrap();
    assert_eq!(parameter_value(&world, &carol, "/apple").unwrap(), "1");
    // A share that bob only renewed stays.
    world.open(&bob).put_parameter(&secure("/app/a", "2"), now()).unwrap();
    assert_eq!(share_of(&world, "parameter:/app").head.by.as_str(), "bob");
    assert!(exposed(&vault).is_empty());
    let vault = world.open(&world.alice);
    vault.remove_member(&carol.name.parse().unwrap(), &policy(), now(), &mut |_| {}).unwrap();
    assert_eq!(exposed(&vault), ["/apple"]);
    vault.remove_member(&bob.name.parse().unwrap(), &policy(), now(), &mut |_| {}).unwrap();
    let names: Vec<String> = world.shares().into_iter().map(|share| share.name).collect();
    assert_eq!(names, ["parameter:/app", "secret:db"]);
    assert_eq!(parameter_value(&world, &eve, "/app/a").unwrap(), "2");
    assert_eq!(vault.finish().iter().filter(|notice| matches!(notice, Notice::ShareEnded { .. })).count(), 2);
    world.assert_valid();
}

#[test]
fn what_is_left_of_a_share_stays_valid_when_whoever_ended_it_leaves() {
    let (world, _, _) = shared();
    let bob = world.join("bob", &["default"]);
    world.open(&bob).unshare(&shared_as("secret:db"), &With::Vault(ELSEWHERE), now()).unwrap();
    world.assert_valid();
    let vault = world.open(&world.alice);
    vault.remove_member(&bob.name.parse().unwrap(), &policy(), now(), &mut |_| {}).unwrap();
    world.assert_valid();
}

#[test]
fn a_reader_who_loses_the_key_takes_their_shares_along() {
    let (world, _, eve) = shared();
    let bob = world.join("bob", &["default"]);
    world.open(&bob).share(&order("secret:other", &eve), now()).unwrap();
    world.open(&bob).put_parameter(&secure("/app/a", "2"), now()).unwrap();
    let vault = world.open(&world.alice);
    vault.revoke(&"default".parse().unwrap(), &[bob.name.parse().unwrap()], &policy(), now()).unwrap();
    assert_eq!(world.shares().len(), 2, "what bob only renewed is signed by the admin");
    assert!(matches!(value(&world, &eve, "other"), Err(Error::NotAReader { .. })));
    world.assert_valid();
}

#[test]
fn the_end_of_a_share_marks_what_the_receiver_knows() {
    let (world, vault, eve) = shared();
    let ended = vault.unshare(&shared_as("secret:db"), &With::Vault(ELSEWHERE), now()).unwrap();
    assert_eq!((ended.marked, ended.unmarked), (vec!["db".to_owned()], vec![]));
    assert_eq!(exposed(&vault), ["db"]);
    assert!(matches!(value(&world, &eve, "db"), Err(Error::NotAReader { .. })));
    let store = |value| vault.put_secret_value(&secret("db"), &new_value(value), None, None, None, now()).unwrap();
    store("1");
    assert_eq!(exposed(&vault), ["db"], "the same value again is as known as before");
    store("2");
    assert!(exposed(&vault).is_empty());
    let again = vault.unshare(&shared_as("secret:db"), &With::Vault(ELSEWHERE), now());
    assert!(matches!(again, Err(Error::Share { error: ShareError::NotShared(_), .. })));
    world.assert_valid();
}

#[test]
fn a_share_that_expires_opens_nothing_from_then_on_and_a_renewal_ends_it() {
    let (world, vault, eve) = shared();
    let until = |at| ShareOrder { expires: Some(at), ..order("secret:db", &eve) };
    let later = Timestamp::from_unix(now().unix() + DAY);
    assert!(matches!(vault.share(&until(now()), now()), Err(Error::Share { error: ShareError::Past, .. })));
    vault.share(&until(later), now()).unwrap();
    assert_eq!(value(&world, &eve, "db").unwrap(), "1");
    // The clock of eve has come to its end: as the program sees it that opens the vault then.
    let mut gone = share_of(&world, "secret:db");
    gone.expires = Some(now());
    forge(&world, &world.alice, gone.clone());
    assert_eq!(why(value(&world, &eve, "db")), ShareError::Expired(now()));
    vault.put_secret_value(&secret("db"), &new_value("2"), None, None, None, now()).unwrap();
    assert_eq!(share_of(&world, "secret:db").items, gone.items, "it gets no new value");
    assert_eq!(vault.share_state(&gone, now()).unwrap(), ShareState::Expired);
    assert!(vault.renew_share(gone.id, now()).unwrap());
    assert_eq!(world.shares().len(), 1);
    world.assert_valid();
}

#[test]
fn sharing_a_path_takes_every_key_below_it() {
    let (world, vault, eve) = shared();
    let new = NewKey {
        name: "deep".parse().unwrap(),
        description: String::new(),
        readers: Vec::new(),
        scopes: vec!["parameter:/app/b".parse().unwrap()],
        codec: Codec::Xc1,
        suite: Suite::Classic,
    };
    vault.create_key(&new, &policy(), now(), &mut |_| {}).unwrap();
    let bob = world.join("bob", &["default"]);
    let elsewhere = With::Vault(VaultId([7; 32]));
    let share =
        |what: &str| world.open(&bob).share(&ShareOrder { with: elsewhere.clone(), ..order(what, &eve) }, now());
    assert!(matches!(share("parameter:/app"), Err(Error::NotAReader { .. })));
    assert_eq!(share("parameter:/app/a").unwrap().items.len(), 1);
    assert_eq!(parameter_value(&world, &eve, "/app/b/c").unwrap(), "1", "alice reads both keys");
}

#[test]
fn what_nobody_can_be_given_is_refused() {
    let (world, _, eve) = shared();
    let bob = world.join("bob", &["default"]);
    let vault = world.open(&world.alice);
    let refusal = |order: &ShareOrder| match vault.share(order, now()) {
        Err(Error::Share { error, .. }) => error,
        other => panic!("{other:?}"),
    };
    let to_bob = order_for_member("secret:db", "bob");
    assert_eq!(refusal(&to_bob), ShareError::Reads(bob.name.parse().unwrap()));
    assert_eq!(refusal(&order_for_member("secret:db", "zoe")), ShareError::NoMember("zoe".parse().unwrap()));
    let to_another = ShareOrder { with: With::Vault(VaultId([1; 32])), ..to_bob };
    assert_eq!(refusal(&to_another), ShareError::Recipients);
    let unusable = ShareOrder { recipients: vec!["age1x".into()], ..to_another };
    assert!(matches!(refusal(&unusable), ShareError::Recipient(_)));
    let empty = crate::engine::NewSecret::default();
    vault.create_secret(&secret("none"), &empty, now()).unwrap();
    assert_eq!(refusal(&order("secret:none", &eve)), ShareError::Nothing);
    let unsaid = ShareOrder { recipients: Vec::new(), ..order("secret:db", &eve) };
    let same = vault.share(&unsaid, now()).unwrap();
    assert_eq!(same.head.rev, 1, "an existing share keeps its recipients, and nothing is written");
}

#[test]
fn a_resource_policy_opens_nothing_by_itself() {
    let (world, vault, eve) = shared();
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*","Resource":"*"}]}"#;
    vault
        .update_secret(&secret("other"), now(), |it| {
            it.resource_policy = Some(policy.into());
            Ok(())
        })
        .unwrap();
    let refused = value(&world, &eve, "other");
    assert!(
        refused.as_ref().unwrap_err().to_string().contains("You can't access a secret from a different AWS account")
    );
    assert_eq!(why(refused), ShareError::PolicyAlone);
}

#[test]
fn a_member_with_new_keys_gets_the_values_for_these() {
    let (world, _, _) = shared();
    let carol = world.join("carol", &[]);
    let vault = world.open(&world.alice);
    vault.share(&order_for_member("secret:other", "carol"), now()).unwrap();
    let new = Person::new("carol");
    vault
        .replace_keys(
            &new.request(),
            crate::engine::OldKeys::Safe,
            crate::model::team::Return::Refused,
            &policy(),
            now(),
            &mut |_| {},
        )
        .unwrap();
    let share = share_of(&world, "secret:other");
    assert_eq!(vault.share_state(&share, now()).unwrap(), ShareState::Behind);
    vault.renew_share(share.id, now()).unwrap();
    assert_eq!(value(&world, &new, "other").unwrap(), "1");
    assert!(value(&world, &carol, "other").is_err());
}

#[test]
fn two_branches_that_put_values_meet_in_one_share() {
    let (world, _, eve) = shared();
    let elsewhere = world.clone_elsewhere();
    let path = share_path(share_of(&world, "parameter:/app").id);
    let base = world.files.get(&path).unwrap();
    put(&world.open(&world.alice), "/app/a", "ours");
    put(&elsewhere.open(&elsewhere.alice), "/app/b/c", "theirs");
    let (ours, theirs) = (world.files.get(&path).unwrap(), elsewhere.files.get(&path).unwrap());
    let document = super::world::parameter_at("/app/b/c");
    let vault = world.open(&world.alice);
    let MergeOutcome::Merged { bytes, .. } =
        vault.merge(&path, Sides::new(Some(&base), &ours, &theirs), None, None).unwrap()
    else {
        panic!("a conflict")
    };
    let of_parameter = elsewhere.files.get(&document).unwrap();
    vault.place_merged(&[(document, of_parameter), (path, bytes)], now()).unwrap();
    assert_eq!(parameter_value(&world, &eve, "/app/a").unwrap(), "ours");
    assert_eq!(parameter_value(&world, &eve, "/app/b/c").unwrap(), "theirs");
    assert_eq!(states(&world), [ShareState::Current; 2]);
    world.assert_valid();
}

#[test]
fn a_rehearsal_shares_nothing() {
    let (world, _, eve) = shared();
    let vault = world.rehearse(&world.alice);
    vault.unshare(&shared_as("secret:db"), &With::Vault(ELSEWHERE), now()).unwrap();
    vault.share(&order("secret:other", &eve), now()).unwrap();
    assert_eq!(world.shares().len(), 2);
    assert!(value(&world, &eve, "other").is_err());
}

#[test]
fn a_share_is_kept_where_its_id_says() {
    let (world, _, _) = shared();
    let share = share_of(&world, "secret:db");
    assert_eq!(share.path().unwrap(), share_path(share.id));
    let raw = world.files.get(&share_path(share.id)).unwrap();
    world.files.set("shares/000102030405060708090a0b0c0d0e0f.yaml", raw);
    assert!(!world.open(&world.alice).shares().unwrap().refused.is_empty());
}
