//! YAML, read twice: first the type of every piece, then every scalar as its original text, which the parser returns
//! only when a string is requested.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use zeroize::Zeroizing;

use super::limits::Limits;
use super::tree::Tree;
use crate::format::FormatError;
use crate::inject::foreign::yaml::parse;

pub(super) fn read(text: &str, limits: Limits) -> Result<Tree, FormatError> {
    let budget = Budget { nodes: Cell::new(limits.nodes), bytes: Cell::new(limits.bytes) };
    let form = parse(text, Looking(&budget))?;
    parse(text, Reading(&form))
}

/// How many more nodes are allowed, counted after aliases are followed.
struct Budget {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
}

impl Budget {
    fn take<E: Error>(&self, bytes: usize) -> Result<(), E> {
        let spent = |left: &Cell<usize>, amount| {
            left.set(left.get().checked_sub(amount).ok_or_else(|| E::custom("more than is read"))?);
            Ok(())
        };
        spent(&self.nodes, 1)?;
        spent(&self.bytes, bytes)
    }
}

/// What a piece is.
enum Form {
    Text,
    Bare,
    Null,
    Tagged,
    List(Vec<Form>),
    Map(Vec<Form>),
}

#[derive(Clone, Copy)]
struct Looking<'a>(&'a Budget);

impl<'de> DeserializeSeed<'de> for Looking<'_> {
    type Value = Form;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Form, D::Error> {
        self.0.take(0)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Looking<'_> {
    type Value = Form;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Form, E> {
        self.0.take(text.len())?;
        Ok(Form::Text)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Form, E> {
        Ok(Form::Bare)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Form, E> {
        Ok(Form::Bare)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Form, E> {
        Ok(Form::Bare)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Form, E> {
        Ok(Form::Bare)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Form, E> {
        Ok(Form::Bare)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Form, E> {
        Ok(Form::Bare)
    }

    fn visit_unit<E>(self) -> Result<Form, E> {
        Ok(Form::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Form, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            list.push(element);
        }
        Ok(Form::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Form, A::Error> {
        let (mut map, mut seen) = (Vec::new(), HashSet::new());
        while let Some(key) = members.next_key::<String>()? {
            self.0.take(key.len())?;
            if !seen.insert(key) {
                return Err(A::Error::custom("a key occurs twice"));
            }
            map.push(members.next_value_seed(self)?);
        }
        Ok(Form::Map(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Form, A::Error> {
        let (_, content) = data.variant::<IgnoredAny>()?;
        content.newtype_variant::<IgnoredAny>()?;
        Ok(Form::Tagged)
    }
}

#[derive(Clone, Copy)]
struct Reading<'a>(&'a Form);

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Tree;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        match self.0 {
            Form::Text | Form::Bare => deserializer.deserialize_str(self),
            Form::Null | Form::Tagged => {
                deserializer.deserialize_ignored_any(IgnoredAny)?;
                Ok(if matches!(self.0, Form::Null) { Tree::Null } else { Tree::Tagged })
            }
            Form::List(_) => deserializer.deserialize_seq(self),
            Form::Map(_) => deserializer.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the same document")
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        let text = Zeroizing::new(text.to_owned());
        Ok(if matches!(self.0, Form::Text) { Tree::Text(text) } else { Tree::Bare(text) })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Tree, A::Error> {
        let Form::List(forms) = self.0 else { return Err(A::Error::custom("not a list")) };
        let mut list = Vec::with_capacity(forms.len());
        for form in forms {
            list.extend(elements.next_element_seed(Reading(form))?);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
        let Form::Map(forms) = self.0 else { return Err(A::Error::custom("not a map")) };
        let mut map = Vec::with_capacity(forms.len());
        for form in forms {
            let Some(key) = members.next_key::<String>()? else { break };
            map.push((key, members.next_value_seed(Reading(form))?));
        }
        Ok(Tree::Map(map))
    }
}
