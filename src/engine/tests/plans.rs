//! Rotation plans under attack: whose rights a rotation uses, and what makes a plan hold.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::world::{Person, World, new_secret, new_value, now, policy, secret, secret_at, text};
use crate::engine::document::Document;
use crate::engine::signing::sign;
use crate::engine::{ConfirmedPlan, Error, Hooks, MergeOutcome, NewKey, PlanError, Sides, Vault};
use crate::format::schema::read_plan;
use crate::model::hook::{HookCall, HookFailure, Produced, Step};
use crate::model::id::{DocId, VaultId};
use crate::model::key::{Codec, Suite};
use crate::model::merge::Side;
use crate::model::secret::{Origin, RotationTerms, Secret, SecretError, StatedPlan};

const LOGIN: &str = r#"{"engine":"postgres","host":"db","username":"app","password":"p"}"#;
const DEV: &str = "dev/db";
const ROOT: &str = "prod/root";

/// Alice, who has everything; and bob, who may write everywhere and opens no key but `dev`.
fn world() -> (World, Person) {
    let world = World::new();
    let vault = world.open(&world.alice);
    vault.create_secret(&secret(ROOT), &new_secret("top secret"), now()).unwrap();
    drop(vault);
    add_dev_key(&world);
    let bob = world.join("bob", &["dev"]);
    let vault = world.open(&world.alice);
    for name in [DEV, "dev/other"] {
        vault.create_secret(&secret(name), &new_secret(LOGIN), now()).unwrap();
    }
    (world, bob)
}

fn add_dev_key(world: &World) {
    let new = NewKey {
        name: "dev".parse().unwrap(),
        description: String::new(),
        readers: Vec::new(),
        scopes: vec!["secret:dev".parse().unwrap()],
        codec: Codec::Xc1,
        suite: Suite::Classic,
    };
    world.open(&world.alice).create_key(&new, &policy(), now(), &mut |_| {}).unwrap();
}

fn terms(options: &[(&str, &str)], admin: Option<&str>) -> RotationTerms {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let admin = admin.map(|name| name.parse().unwrap());
    RotationTerms { hook: "builtin:http".parse().unwrap(), admin, options, rules: None }
}

fn configure(vault: &Vault<'_>, name: &str, terms: &RotationTerms) -> ConfirmedPlan {
    vault.configure_rotation(&secret(name), terms, now()).unwrap()
}

/// What a member writes who signs a document by hand.
fn forge(world: &World, who: &Person, name: &str, change: impl Fn(&mut Secret)) {
    let vault = world.open(who);
    let mut document = vault.secret(&secret(name)).unwrap();
    change(&mut document);
    document.head.rev += 1;
    document.head.by = who.name.parse().unwrap();
    let path = secret_at(name);
    let bytes = sign(&vault.id(), &path, &document.emit(&vault.id()), &vault.signer().unwrap());
    world.files.set(&path, bytes);
}

fn stated(vault: &Vault<'_>, name: &str) -> StatedPlan {
    vault.secret(&secret(name)).unwrap().rotation.unwrap().plan
}

/// Why a plan does not hold.
fn refusal(vault: &Vault<'_>, name: &str) -> PlanError {
    match vault.confirmed_plan(&vault.secret(&secret(name)).unwrap()) {
        Err(Error::Plan { error, .. }) => error,
        other => panic!("{other:?}"),
    }
}

/// A hook that only counts its calls, and returns a value.
#[derive(Default)]
struct Counter {
    calls: RefCell<Vec<Step>>,
    value: String,
}

impl Hooks for Counter {
    fn call(&self, plan: &ConfirmedPlan, call: &HookCall) -> Result<Option<Produced>, HookFailure> {
        assert_eq!(plan.options(), &call.options);
        self.calls.borrow_mut().push(call.step);
        Ok((call.step == Step::Create).then(|| Produced { binary: false, value: text(&self.value) }))
    }
}

fn run(vault: &Vault<'_>, name: &str, value: &str) -> (Result<(), Error>, usize) {
    // A hook that returns the current value has failed.
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let password = format!("\"next {}\"", RUNS.fetch_add(1, Ordering::Relaxed));
    let hooks = Counter { value: value.replace("\"p\"", &password), ..Counter::default() };
    let outcome = vault.rotate(&secret(name), None, &hooks, now(), &mut |_| {}).map(drop);
    (outcome, hooks.calls.into_inner().len())
}

#[test]
fn a_rotation_runs_by_a_plan_and_keeps_its_text() {
    let (world, _) = world();
    let vault = world.open(&world.alice);
    let plan = configure(&vault, DEV, &terms(&[("url", "https://x")], Some(ROOT)));
    assert_eq!((plan.plan().serial, plan.pinned().0["username"].len()), (1, 2));
    let before = stated(&vault, DEV);
    assert!(matches!(run(&vault, DEV, LOGIN), (Ok(()), 4)));
    assert_eq!(stated(&vault, DEV), before, "the runner copies it");
    configure(&vault, DEV, &terms(&[("url", "https://x")], Some(ROOT)));
    assert_eq!(stated(&vault, DEV), before, "nothing has changed");
    assert_eq!(configure(&vault, DEV, &terms(&[], None)).plan().serial, 2);
    world.assert_valid();
}

#[test]
fn a_member_who_sets_the_administrator_gets_nothing() {
    let (world, bob) = world();
    configure(&world.open(&world.alice), DEV, &terms(&[("url", "https://x")], None));
    let own = world.open(&bob).configure_rotation(&secret(DEV), &terms(&[], Some(ROOT)), now());
    assert!(matches!(own, Err(Error::Plan { error: PlanError::SignerMayNotRead { .. }, .. })), "{own:?}");
    // By hand, with a signature of his own: refused for the rights; in the text that alice has signed: for the signature.
    let vault = world.open(&bob);
    let mut plan = stated(&vault, DEV).signed().unwrap().plan().clone();
    (plan.by, plan.serial, plan.terms.admin) = ("bob".parse().unwrap(), 2, Some(secret(ROOT)));
    let by_bob = StatedPlan::Signed(Box::new(vault.signed_plan(&plan).unwrap()));
    forge(&world, &bob, DEV, |document| document.rotation.as_mut().unwrap().plan = by_bob.clone());
    let vault = world.open(&world.alice);
    assert!(matches!(refusal(&vault, DEV), PlanError::SignerMayNotRead { .. }));
    assert!(matches!(run(&vault, DEV, LOGIN), (Err(Error::Plan { .. }), 0)));
}

#[test]
fn a_changed_text_does_not_hold() {
    let (world, bob) = world();
    configure(&world.open(&world.alice), DEV, &terms(&[("url", "https://x")], None));
    forge(&world, &bob, DEV, |document| {
        let plan = &mut document.rotation.as_mut().unwrap().plan;
        let text = plan.signed().unwrap().text().replace("https://x", "https://y");
        *plan = StatedPlan::Signed(Box::new(read_plan(text, &world.open(&bob).id().to_string()).unwrap()));
    });
    let vault = world.open(&world.alice);
    assert!(matches!(refusal(&vault, DEV), PlanError::Untrusted(_)));
    assert!(matches!(run(&vault, DEV, LOGIN), (Err(Error::Plan { .. }), 0)));
}

#[test]
fn the_plan_of_another_secret_and_of_an_earlier_one_does_not_hold() {
    let (world, bob) = world();
    let vault = world.open(&world.alice);
    configure(&vault, "dev/other", &terms(&[], Some(ROOT)));
    configure(&vault, DEV, &terms(&[], None));
    let (other, own) = (stated(&vault, "dev/other"), stated(&vault, DEV));
    forge(&world, &bob, DEV, |document| document.rotation.as_mut().unwrap().plan = other.clone());
    assert!(matches!(refusal(&world.open(&world.alice), DEV), PlanError::Untrusted(_)), "it was signed elsewhere");
    let vault = world.open(&world.alice);
    vault.delete::<Secret>(&secret(DEV), now()).unwrap();
    vault.create_secret(&secret(DEV), &new_secret(LOGIN), now()).unwrap();
    configure(&vault, DEV, &terms(&[], None));
    forge(&world, &bob, DEV, |document| document.rotation.as_mut().unwrap().plan = own.clone());
    assert_eq!(refusal(&world.open(&world.alice), DEV), PlanError::Elsewhere);
}

#[test]
fn an_earlier_plan_does_not_run_again() {
    let (world, bob) = world();
    let vault = world.open(&world.alice);
    configure(&vault, DEV, &terms(&[("url", "https://old")], None));
    let old = stated(&vault, DEV);
    configure(&vault, DEV, &terms(&[("url", "https://new")], None));
    forge(&world, &bob, DEV, |document| document.rotation.as_mut().unwrap().plan = old.clone());
    let vault = world.open(&world.alice);
    assert_eq!(refusal(&vault, DEV), PlanError::RolledBack { found: 1, seen: 2 });
    assert!(matches!(run(&vault, DEV, LOGIN), (Err(Error::Plan { .. }), 0)));
    let shown = vault.plan_to_confirm(&vault.secret(&secret(DEV)).unwrap(), now()).unwrap();
    assert_eq!(vault.confirm_rotation(&secret(DEV), &shown, now()).unwrap().plan().serial, 3);
    assert!(matches!(run(&vault, DEV, LOGIN), (Ok(()), 4)));
}

#[test]
fn a_plan_stops_with_the_rights_of_its_signer_until_somebody_confirms_it() {
    let (world, bob) = world();
    configure(&world.open(&bob), DEV, &terms(&[("url", "https://x")], None));
    let vault = world.open(&world.alice);
    let before = stated(&vault, DEV);
    let stopping = |name: &str| vault.rotations_signed_by(&name.parse().unwrap()).unwrap().found;
    assert_eq!((stopping("bob"), stopping("alice")), (vec![secret(DEV)], vec![]));
    vault.remove_member(&"bob".parse().unwrap(), &policy(), now(), &mut |_| {}).unwrap();
    let vault = world.open(&world.alice);
    assert_eq!(stated(&vault, DEV), before, "a removal signs the document, and copies the plan");
    assert_eq!(refusal(&vault, DEV), PlanError::SignerGone("bob".into()));
    assert!(matches!(run(&vault, DEV, LOGIN), (Err(Error::Plan { .. }), 0)));
    let shown = vault.plan_to_confirm(&vault.secret(&secret(DEV)).unwrap(), now()).unwrap();
    let confirmed = vault.confirm_rotation(&secret(DEV), &shown, now()).unwrap();
    assert_eq!((confirmed.plan().serial, confirmed.plan().by.as_str()), (2, "alice"));
    assert!(matches!(run(&vault, DEV, LOGIN), (Ok(()), 4)));
    world.assert_valid();
}

#[test]
fn a_value_for_another_host_is_passed_to_nobody() {
    let (world, bob) = world();
    configure(&world.open(&world.alice), DEV, &terms(&[], Some(ROOT)));
    let evil = LOGIN.replace("\"db\"", "\"evil\"");
    let vault = world.open(&bob);
    vault.put_secret_value(&secret(DEV), &new_value(&evil), None, None, None, now()).unwrap();
    let vault = world.open(&world.alice);
    let refused = run(&vault, DEV, LOGIN);
    assert!(matches!(&refused, (Err(Error::Plan { error: PlanError::Pinned(host), .. }), 0) if host == "host"));
    assert!(matches!(vault.unfinished_rotation(&secret(DEV)), Err(Error::Secret { .. })), "nothing was begun");
    let tried = vault.test_rotation(&secret(DEV), &Counter::default(), now());
    assert!(matches!(tried, Err(Error::Plan { error: PlanError::Pinned(_), .. })));
    // The same for a value that the hook itself creates.
    vault.put_secret_value(&secret(DEV), &new_value(LOGIN), None, None, None, now()).unwrap();
    let (outcome, calls) = run(&vault, DEV, &evil);
    assert!(matches!(outcome, Err(Error::Hook { step: Step::Create, .. })), "{outcome:?}");
    assert_eq!(calls, 1);
}

#[test]
fn concurrent_plans_are_a_conflict_and_one_of_them_is_not() {
    let (world, _) = world();
    configure(&world.open(&world.alice), DEV, &terms(&[], None));
    let elsewhere = world.clone_elsewhere();
    let (path, base) = (secret_at(DEV), world.files.get(&secret_at(DEV)));
    let (ours, theirs) = (world.open(&world.alice), elsewhere.open(&elsewhere.alice));
    configure(&ours, DEV, &terms(&[("url", "https://x")], None));
    let tag = BTreeMap::from([("team".to_owned(), "1".to_owned())]);
    theirs.update_secret(&secret(DEV), now(), |secret| secret.tag(&tag)).unwrap();
    let merge = |prefer| {
        let (ours, theirs) = (world.files.get(&path).unwrap(), elsewhere.files.get(&path).unwrap());
        world.open(&world.alice).merge(&path, Sides::new(base.as_deref(), &ours, &theirs), prefer, None).unwrap()
    };
    assert!(matches!(merge(None), MergeOutcome::Merged { .. }));
    configure(&theirs, DEV, &terms(&[("url", "https://y")], None));
    let MergeOutcome::Conflicts(conflicts) = merge(None) else { panic!("two plans") };
    assert_eq!(conflicts[0].to_string(), "both sides changed the rotation plan");
    assert!(matches!(merge(Some(Side::Theirs)), MergeOutcome::Merged { .. }));
}

#[test]
fn what_nobody_has_confirmed_does_not_run() {
    let (world, bob) = world();
    configure(&world.open(&world.alice), DEV, &terms(&[], None));
    forge(&world, &bob, DEV, |document| document.rotation.as_mut().unwrap().plan = StatedPlan::Missing);
    let vault = world.open(&world.alice);
    assert_eq!(refusal(&vault, DEV), PlanError::Missing);
    assert!(matches!(run(&vault, DEV, LOGIN), (Err(Error::Plan { .. }), 0)));
    assert_eq!(vault.rotations_due(now()).unwrap().found, [secret(DEV)], "it is reported until somebody does");
    assert_eq!(configure(&vault, DEV, &terms(&[], None)).plan().serial, 2);
}

#[test]
fn a_copy_that_is_not_promoted_takes_no_write() {
    let (world, bob) = world();
    let origin = |promoted| {
        let (vault, id, name) = (VaultId([9; 32]), DocId([9; 16]), secret("prod/db"));
        Some(Origin { vault, id, name, rev: 3, region: String::new(), promoted })
    };
    forge(&world, &bob, DEV, |document| document.origin = origin(None));
    let vault = world.open(&world.alice);
    let refused = |outcome: Result<(), Error>| {
        assert!(matches!(outcome, Err(Error::Secret { error: SecretError::Copy { .. }, .. })), "{outcome:?}");
    };
    refused(vault.put_secret_value(&secret(DEV), &new_value("x"), None, None, None, now()).map(drop));
    refused(vault.delete::<Secret>(&secret(DEV), now()));
    refused(vault.configure_rotation(&secret(DEV), &terms(&[], None), now()).map(drop));
    vault.remove_member(&"bob".parse().unwrap(), &policy(), now(), &mut |_| {}).unwrap();
    forge(&world, &world.alice, DEV, |document| document.origin = origin(Some(now())));
    let vault = world.open(&world.alice);
    vault.put_secret_value(&secret(DEV), &new_value("x"), None, None, None, now()).unwrap();
}
