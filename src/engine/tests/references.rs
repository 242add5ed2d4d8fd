use super::world::{World, new_secret, new_value, now, secret};
use crate::engine::Resolver;
use crate::model::reference::Reference;

fn read(resolver: &Resolver<'_>, reference: &str) -> String {
    let reference = Reference::Secret(reference.parse().unwrap());
    let resolved = resolver.resolve(&reference, now()).unwrap();
    String::from_utf8(resolved.value.reveal().to_vec()).unwrap()
}

#[test]
fn a_user_name_and_a_password_are_of_one_version_although_a_rotation_ends_between_them() {
    let world = World::new();
    let vault = world.open(&world.alice);
    vault.create_secret(&secret("db"), &new_secret(r#"{"username":"app","password":"one"}"#), now()).unwrap();
    let resolver = vault.resolver();
    assert_eq!(read(&resolver, "db:username"), "app");
    let next = new_value(r#"{"username":"app_clone","password":"two"}"#);
    world.open(&world.alice).put_secret_value(&secret("db"), &next, None, None, None, now()).unwrap();
    assert_eq!(read(&resolver, "db:password"), "one");
    assert_eq!(read(&vault.resolver(), "db:password"), "two", "the next command reads anew");
}
