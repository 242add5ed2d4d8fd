//! The shapes of answers.

use crate::inject::foreign::tree::Tree;
use crate::inject::import::error::{ImportError, of_json};

/// Whether a document has the shape of an answer, with values or without.
pub(in crate::inject::import) fn is_answer(tree: &Tree) -> bool {
    match tree {
        Tree::Map(_) => {
            let has = |key| tree.member(key).is_some();
            tree.member("Parameters").and_then(Tree::list).is_some_and(all_named)
                || tree.member("Parameter").is_some_and(is_parameter)
                || tree.member("SecretValues").and_then(Tree::list).is_some()
                || tree.member("SecretList").and_then(Tree::list).is_some()
                || is_secret(tree)
                || has("ARN") && has("Name") && has("VersionIdsToStages")
        }
        Tree::List(elements) => !elements.is_empty() && elements.iter().all(|e| is_parameter(e) || is_secret(e)),
        _ => false,
    }
}

fn all_named(elements: &[Tree]) -> bool {
    elements.iter().all(|element| element.member("Name").is_some())
}

pub(super) fn is_parameter(tree: &Tree) -> bool {
    tree.member("Name").is_some() && tree.member("Value").is_some()
}

pub(super) fn is_secret(tree: &Tree) -> bool {
    let has = |key| tree.member(key).is_some();
    has("ARN") && has("Name") && (has("SecretString") || has("SecretBinary"))
}

pub(super) fn documents(text: &str) -> Result<Vec<Tree>, ImportError> {
    if text.trim_start().starts_with(['{', '[']) {
        return Tree::from_json_documents(text).map_err(of_json);
    }
    Ok(vec![Tree::from_yaml(text)?])
}

/// A string member, empty where there is none.
pub(super) fn text_of<'a>(element: &'a Tree, key: &str) -> &'a str {
    element.member(key).and_then(Tree::text).unwrap_or_default()
}
