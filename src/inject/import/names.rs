//! A tree as items: maps become levels of names.

use super::error::ImportError;
use super::item::{Item, ItemError, item};
use crate::format::caps;
use crate::inject::foreign::tree::Tree;

pub(super) fn of(tree: Tree) -> Result<Vec<Item>, ImportError> {
    check(&tree)?;
    let Tree::Map(members) = tree else { return Err(ImportError::NoMap) };
    let mut items = Vec::new();
    add(members, "", &mut items);
    Ok(items)
}

/// Refuses a tree whose names would take far more memory than its file: a long key is part of every name below it.
pub(super) fn check(tree: &Tree) -> Result<(), ImportError> {
    if length(tree, 0) > caps::IMPORT_NAMES { Err(ImportError::TooLarge) } else { Ok(()) }
}

/// How long the names of all values are together, `above` bytes of each being those of the levels above.
fn length(tree: &Tree, above: usize) -> usize {
    match tree {
        Tree::Map(members) => members.iter().map(|(key, tree)| length(tree, above + key.len() + 1)).sum(),
        Tree::List(elements) => elements.iter().map(|element| length(element, above)).sum(),
        _ => above,
    }
}

fn add(members: Vec<(String, Tree)>, above: &str, items: &mut Vec<Item>) {
    for (key, tree) in members {
        let name = format!("{above}{key}");
        let refused = |name, error| Item { name, content: Err(error) };
        items.push(match tree {
            _ if key == "<<" => refused(name, ItemError::Merge),
            Tree::Map(members) if members.is_empty() => refused(name, ItemError::EmptyMap),
            Tree::Map(members) => {
                add(members, &format!("{name}/"), items);
                continue;
            }
            Tree::Text(text) | Tree::Bare(text) => item(name, text),
            Tree::List(_) => refused(name, ItemError::List),
            Tree::Null => refused(name, ItemError::Null),
            Tree::Tagged => refused(name, ItemError::Tagged),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::read;
    use crate::format::caps;
    use crate::inject::import::{Format, ImportError};

    #[test]
    fn a_long_key_above_many_values_is_refused_before_it_is_written_out_for_each() {
        let file = |length: usize, values: usize| {
            let members: Vec<String> = (0..values).map(|n| format!("\"{n:05}\":1")).collect();
            format!("{{\"{}\":{{{}}}}}", "k".repeat(length), members.join(","))
        };
        let values = 20_000;
        let fitting = caps::IMPORT_NAMES / values - "/00000/".len();
        assert_eq!(read(Format::Json, &file(fitting, values)).unwrap().len(), values);
        assert_eq!(read(Format::Json, &file(fitting + 1, values)).unwrap_err(), ImportError::TooLarge);
    }
}
