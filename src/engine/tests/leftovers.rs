use std::fs;
use std::time::SystemTime;

use super::world::World;
use crate::model::time::Timestamp;

#[test]
fn what_killed_writers_left_is_removed_wherever_this_program_writes() {
    let (world, place) = (World::new(), tempfile::tempdir().unwrap());
    let vault = world.open_in(place.path());
    let directories = ["", "anchors", "events", "hooks", "keys", "shares", "trust"];
    for directory in directories {
        fs::create_dir_all(place.path().join(directory)).unwrap();
        fs::write(place.path().join(directory).join(".a.yaml.0123456789abcdef.tmp"), "").unwrap();
    }
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let tomorrow = Timestamp::from_unix(i64::try_from(seconds).unwrap() + 24 * 60 * 60);
    assert_eq!(vault.leftovers(tomorrow).unwrap(), directories.len());
    assert_eq!(vault.sweep(tomorrow).unwrap(), directories.len());
    assert_eq!(vault.leftovers(tomorrow).unwrap(), 0);
}
