//! F3: names and the paths of their documents. A name leads to a path that leads back to it; a path that means a name is
//! the one path of that name, relative, below its directory, and without a component that a file system would take for
//! something else.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::format::path::{
    Decoded, decode_key, decode_parameter, decode_secret, decode_trust, key_path, parameter_path, secret_path,
    trust_path,
};
use vault::model::name::{KeyName, ParameterName, SecretName};

/// The longest name of a file, in bytes, on every file system in use.
const COMPONENT: usize = 255;

fn is_safe(path: &str) {
    assert!(path.is_ascii() && !path.starts_with('/'), "{path:?}");
    for component in path.split('/') {
        assert!(!component.is_empty() && component.len() <= COMPONENT, "{path:?}");
        assert!(!component.starts_with('.') && !component.ends_with(['.', ' ']), "{path:?}");
        assert!(!component.contains(['\\', ':', '\0', '\n']), "{path:?}");
        assert!(component == component.to_ascii_lowercase(), "{path:?} has a twin on a file system without case");
    }
}

macro_rules! there_and_back {
    ($text:expr, $name:ty, $encode:ident, $decode:ident) => {
        if let Ok(name) = $text.parse::<$name>() {
            if let Ok(path) = $encode(&name) {
                is_safe(&path);
                match $decode(&path) {
                    Decoded::Name(back) => assert_eq!(back, name, "{path:?}"),
                    Decoded::Hashed => {}
                    Decoded::Foreign => panic!("{path:?} does not lead back"),
                }
            }
        }
        if let Decoded::Name(name) = $decode($text) {
            assert_eq!($encode(&name).as_deref().ok(), Some($text));
        }
    };
}

fuzz_target!(|text: &str| {
    there_and_back!(text, ParameterName, parameter_path, decode_parameter);
    there_and_back!(text, SecretName, secret_path, decode_secret);
    if let Ok(name) = text.parse::<KeyName>() {
        is_safe(&key_path(&name));
        assert_eq!(decode_key(&key_path(&name)), Some(name));
    }
    if let Some(name) = decode_key(text) {
        assert_eq!(key_path(&name), text);
    }
    if let Some(rev) = decode_trust(text) {
        assert_eq!(trust_path(rev), text);
    }
});
