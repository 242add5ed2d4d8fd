//! The members of an object.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of a JSON object in order, each name once, each with its unparsed value.
pub(crate) struct Members<'a>(pub Vec<(String, &'a RawValue)>);

/// The same of an object in which a name may occur several times.
pub(in crate::model) struct EveryMember<'a, K>(pub Vec<(K, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut seen = HashSet::new();
        let object = Object { accepts: |name: &String| seen.insert(name.clone()), names: PhantomData };
        deserializer.deserialize_map(object).map(Members)
    }
}

impl<'de: 'a, 'a, K: Deserialize<'de>> Deserialize<'de> for EveryMember<'a, K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object { accepts: |_: &K| true, names: PhantomData }).map(EveryMember)
    }
}

struct Object<F, K> {
    /// Whether a name may be there, after those before it.
    accepts: F,
    names: PhantomData<K>,
}

impl<'de, F: FnMut(&K) -> bool, K: Deserialize<'de>> Visitor<'de> for Object<F, K> {
    type Value = Vec<(K, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry()? {
            if !(self.accepts)(&name) {
                return Err(A::Error::custom("a name occurs twice"));
            }
            members.push((name, value));
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_their_text() {
        let Members(members) = serde_json::from_str(r#" {"z": 1.50, "a\u0062": {"b" : [] } } "#).unwrap();
        let read: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), value.get())).collect();
        assert_eq!(read, [("z", "1.50"), ("ab", r#"{"b" : [] }"#)]);
    }

    #[test]
    fn what_is_no_object_or_has_a_name_twice_is_none() {
        for text in ["[]", "\"x\"", "null", "", r#"{"a":1,"\u0061":2}"#, r#"{"a":1} x"#] {
            assert!(serde_json::from_str::<Members<'_>>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_member_is_there_as_often_as_it_occurs() {
        let EveryMember::<String>(members) = serde_json::from_str(r#"{"a":1,"\u0061":2}"#).unwrap();
        let read: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), value.get())).collect();
        assert_eq!(read, [("a", "1"), ("a", "2")]);
    }
}
