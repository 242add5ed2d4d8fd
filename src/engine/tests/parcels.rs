use super::world::{Person, World, new_secret, now, put, secret};
use crate::crypto::recipient::Recipient;
use crate::crypto::wrap::{open_file, seal_file};
use crate::engine::signing::sign;
use crate::engine::{Error, Tampering, Vault, read_parcel};
use crate::model::parcel::{ParcelError, ParcelName};
use crate::model::time::{DAY, Timestamp};

/// When the parcels of these tests expire.
fn end() -> Timestamp {
    Timestamp::from_unix(now().unix() + DAY)
}

fn recipients(person: &Person) -> Vec<Recipient> {
    person.identity().recipients().iter().map(|text| Recipient::parse(text, &super::world::policy()).unwrap()).collect()
}

/// A vault with values, and what somebody gets of them who has a vault of their own.
fn sent() -> (World, Vault<'static>, World, String) {
    let (world, other) = (World::new(), World::new());
    let vault = world.open(&world.alice);
    vault.create_secret(&secret("db"), &new_secret("1"), now()).unwrap();
    put(&vault, "/app/a", "2");
    let mut items = vault.packed_secret(&secret("db")).unwrap();
    items.extend(vault.packed_parameters(&"/app".parse().unwrap(), now()).unwrap());
    let file = vault.seal_parcel(items, &recipients(&other.alice), end(), now()).unwrap();
    (world, vault, other, file)
}

fn error(outcome: Result<crate::model::parcel::Parcel, Error>) -> ParcelError {
    match outcome {
        Err(Error::Parcel(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_parcel_opens_for_its_receiver_until_it_expires() {
    let (world, vault, other, file) = sent();
    let theirs = other.open(&other.alice);
    let parcel = theirs.open_parcel(file.as_bytes(), now()).unwrap();
    assert_eq!((parcel.vault, parcel.by.as_str(), parcel.created), (vault.id(), "alice", now()));
    assert_eq!(parcel.sign, world.alice.identity().signing_key().unwrap().public().bytes());
    let held: Vec<_> =
        parcel.items.iter().map(|item| (item.name.as_str(), item.value.reveal_text().unwrap())).collect();
    assert_eq!(held, [("db", "1"), ("/app/a", "2")]);
    assert_eq!(parcel.items[0].name, ParcelName::Secret(secret("db"), false));
    assert_eq!(error(theirs.open_parcel(file.as_bytes(), end())), ParcelError::Expired(end()));
    assert_eq!(error(vault.open_parcel(file.as_bytes(), now())), ParcelError::NotForYou);
    assert_eq!(error(theirs.open_parcel(b"hunter2", now())), ParcelError::Damaged);
}

#[test]
fn a_parcel_that_was_changed_or_signed_for_another_place_is_refused() {
    let (world, vault, other, file) = sent();
    let content = open_file(file.as_bytes(), &other.alice.identity()).unwrap();
    let text = String::from_utf8(content.to_vec()).unwrap();
    assert!(read_parcel(text.as_bytes()).is_ok());
    let later = text.replace(&end().to_string(), "2099-01-01T00:00:00Z");
    assert_ne!(later, text);
    assert!(matches!(read_parcel(later.as_bytes()), Err(Error::Tampered { reason: Tampering::Signature(_), .. })));
    let mallory = Person::new("mallory").identity().signing_key().unwrap();
    let own = data_encoding::BASE64.encode(&world.alice.identity().signing_key().unwrap().public().bytes());
    let forged = text.replace(&own, &data_encoding::BASE64.encode(&mallory.public().bytes()));
    assert!(matches!(read_parcel(forged.as_bytes()), Err(Error::Tampered { .. })));
    let body = text.split_inclusive("\n#sig").next().unwrap().trim_end_matches("#sig").to_owned();
    let signer = vault.signer().unwrap();
    assert!(read_parcel(&sign(&vault.id(), "parcel.yaml", &body, &signer)).is_ok());
    for place in ["secrets/db.yaml", "request.yaml"] {
        let elsewhere = sign(&vault.id(), place, &body, &signer);
        assert!(
            matches!(read_parcel(&elsewhere), Err(Error::Tampered { reason: Tampering::Signature(_), .. })),
            "{place}"
        );
    }
    // A whole document of a vault is no parcel, whoever encrypts it.
    let document = world.files.get(&super::world::secret_at("db")).unwrap();
    let sealed = seal_file(&recipients(&other.alice), &document).unwrap();
    assert!(matches!(other.open(&other.alice).open_parcel(sealed.as_bytes(), now()), Err(Error::Format { .. })));
}
