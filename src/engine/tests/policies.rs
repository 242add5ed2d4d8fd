use super::world::{World, now, parameter, parameter_at, policy, secure, values};
use crate::engine::{DueKind, Error, MergeOutcome, Put, Sides, Vault};
use crate::model::parameter::{Parameter, ParameterError, Policy, PutRequest, Rule, TierRequest};
use crate::model::time::{DAY, Timestamp};

fn days(number: i64) -> Timestamp {
    Timestamp::from_unix(now().unix() + number * DAY)
}

/// Puts `/a`, which expires after 30 days, with a notification 10 days before and another after 5 days.
fn put_expiring(vault: &Vault<'_>) {
    let Put { name, value, request } = secure("/a", "kept");
    let policies = vec![
        Policy::new(Rule::Expiration(days(30))),
        Policy::notify_before("10d".parse().unwrap()),
        Policy::notify_unchanged("5d".parse().unwrap()),
    ];
    let request = PutRequest { policies: Some(policies), tier: Some(TierRequest::Advanced), ..request };
    vault.put_parameter(&Put { name, value, request }, now()).unwrap();
    vault.label(&parameter("/a"), None, &["live".into()], now()).unwrap();
}

/// What a tick fires, by name.
fn fire(vault: &Vault<'_>, at: Timestamp) -> Vec<&'static str> {
    let names = vault.unfired(at).unwrap().whole().unwrap();
    names.iter().flat_map(|name| vault.fire(name, at).unwrap()).map(|policy| policy.type_name()).collect()
}

/// What a tick deletes.
fn purge(vault: &Vault<'_>, at: Timestamp) -> usize {
    let names = vault.purges_due::<Parameter>(at).unwrap().whole().unwrap();
    names.iter().filter(|name| vault.purge::<Parameter>(name, at).unwrap()).count()
}

#[test]
fn policies_fire_once_for_everybody_and_a_purge_waits() {
    let world = World::new();
    let bob = world.join("bob", &["default"]);
    let (vault, other) = (world.open(&world.alice), world.open(&bob));
    put_expiring(&vault);
    assert!(fire(&vault, days(4)).is_empty());
    assert_eq!(fire(&vault, days(5)), ["NoChangeNotification"]);
    assert!(fire(&other, days(6)).is_empty(), "it is in the document");
    assert_eq!(fire(&other, days(25)), ["ExpirationNotification"]);
    let due = other.due(days(25)).unwrap().whole().unwrap();
    assert_eq!(due.iter().map(|due| due.what).collect::<Vec<_>>(), [DueKind::Change, DueKind::Expiration]);
    assert_eq!((fire(&vault, days(30)), purge(&vault, days(30))), (vec!["Expiration"], 0));
    assert!(matches!(vault.parameter(&parameter("/a"), days(30)), Err(Error::Expired { .. })));
    assert_eq!((purge(&other, days(36)), purge(&other, days(37)), purge(&vault, days(38))), (0, 1, 0));
    world.assert_valid();
}

#[test]
fn the_grace_is_a_setting() {
    let world = World::new();
    let vault = world.open(&world.alice);
    put_expiring(&vault);
    let mut settings = vault.trust().settings.clone();
    "2d".clone_into(&mut settings.expired_grace);
    vault.change_settings(settings, now()).unwrap();
    assert_eq!(purge(&vault, days(90)), 0, "nobody has recorded that it expired");
    fire(&vault, days(90));
    assert_eq!((purge(&vault, days(91)), purge(&vault, days(92))), (0, 1));
}

#[test]
fn a_clock_that_ran_ahead_deletes_nothing() {
    let world = World::new();
    let vault = world.open(&world.alice);
    put_expiring(&vault);
    assert_eq!(fire(&vault, days(400)), ["Expiration", "ExpirationNotification"]);
    assert_eq!(purge(&vault, days(400)), 0);
    assert_eq!(values(&vault, "/a"), ["kept"], "it is there for a clock that is right");
    assert_eq!((fire(&vault, days(30)).len(), purge(&vault, days(36))), (2, 0), "and fires when its time has come");
    assert_eq!(purge(&vault, days(37)), 1);
}

#[test]
fn what_expired_is_brought_back_with_everything() {
    let world = World::new();
    let vault = world.open(&world.alice);
    put_expiring(&vault);
    let name = parameter("/a");
    let not_expired = vault.bring_back(&name, None, days(29)).unwrap_err();
    assert!(matches!(not_expired, Error::Parameter { error: ParameterError::NotExpired, .. }));
    fire(&vault, days(31));
    let later = Policy::new(Rule::Expiration(days(60)));
    assert_eq!(vault.bring_back(&name, Some(later), days(32)).unwrap().version, 2);
    let restored = vault.parameter(&name, days(32)).unwrap();
    assert_eq!(restored.expires(), Some(days(60)));
    assert_eq!(restored.labelled(&"live".parse().unwrap()).unwrap().number, 1);
    assert_eq!(purge(&vault, days(50)), 0, "what fired before is no matter of this version");
    assert_eq!(fire(&vault, days(50)), ["ExpirationNotification", "NoChangeNotification"]);

    assert_eq!(vault.bring_back(&name, None, days(61)).unwrap().version, 3);
    let restored = vault.parameter(&name, days(99)).unwrap();
    let policies: Vec<_> = restored.versions[2].settings.policies.iter().map(Policy::type_name).collect();
    assert_eq!(policies, ["NoChangeNotification"], "nothing announces an expiration that there is not");
    assert_eq!(values(&vault, "/a"), ["kept", "kept", "kept"]);
    world.assert_valid();
}

#[test]
fn it_is_brought_back_neither_after_the_purge_nor_with_a_past_expiration() {
    let world = World::new();
    let vault = world.open(&world.alice);
    put_expiring(&vault);
    let past = Policy::new(Rule::Expiration(days(30)));
    let refused = vault.bring_back(&parameter("/a"), Some(past), days(40)).unwrap_err();
    assert!(matches!(refused, Error::Parameter { error: ParameterError::Policy(_), .. }), "{refused}");
    fire(&vault, days(40));
    purge(&vault, days(50));
    assert!(matches!(vault.bring_back(&parameter("/a"), None, days(50)), Err(Error::NotFound { .. })));
}

#[test]
fn what_has_fired_does_not_fire_again_under_a_new_name() {
    let world = World::new();
    let vault = world.open(&world.alice);
    put_expiring(&vault);
    fire(&vault, days(6));
    vault.rename(&parameter("/a"), &parameter("/b"), days(7)).unwrap();
    assert!(fire(&vault, days(7)).is_empty());
    assert_eq!(fire(&vault, days(20)), ["ExpirationNotification"]);
}

#[test]
fn two_branches_that_fired_agree_on_the_earlier_instant() {
    let world = World::new();
    put_expiring(&world.open(&world.alice));
    let (elsewhere, path) = (world.clone_elsewhere(), parameter_at("/a"));
    let base = world.files.get(&path);
    assert_eq!(fire(&world.open(&world.alice), days(8)), ["NoChangeNotification"]);
    assert_eq!(fire(&elsewhere.open(&elsewhere.alice), days(6)), ["NoChangeNotification"]);
    assert_eq!(fire(&elsewhere.open(&elsewhere.alice), days(20)), ["ExpirationNotification"]);
    let (ours, theirs) = (world.files.get(&path).unwrap(), elsewhere.files.get(&path).unwrap());
    for (ours, theirs) in [(&ours, &theirs), (&theirs, &ours)] {
        let vault = world.open(&world.alice);
        let sides = Sides::new(base.as_deref(), ours, theirs);
        let MergeOutcome::Merged { bytes, .. } = vault.merge(&path, sides, None, Some(&policy())).unwrap() else {
            panic!("a conflict")
        };
        let merged = String::from_utf8(bytes).unwrap();
        let block = merged.split_once("\nfired:\n").unwrap().1.split_once("\nversions:").unwrap().0;
        let mut instants: Vec<_> = block.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
        instants.sort_unstable();
        assert_eq!(instants, [format!("{}\"", days(6)), format!("{}\"", days(20))], "{merged}");
    }
}
