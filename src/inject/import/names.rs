//! A tree as items: maps become levels of names.

use super::{ImportError, Item, ItemError, item};
use crate::store::tree::Tree;

pub(super) fn of(tree: Tree) -> Result<Vec<Item>, ImportError> {
    let Tree::Map(members) = tree else { return Err(ImportError::NoMap) };
    let mut items = Vec::new();
    add(members, "", &mut items);
    Ok(items)
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
