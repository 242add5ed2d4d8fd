//! Names that become the same variable, and variables that `exec` refuses: said when a value is stored, and not only when a program
//! should get it.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::report::count::Count;
use crate::engine::Vault;
use crate::inject::variable::{NameStyle, Variable};
use crate::model::name::{ParameterName, ParameterPath};
use crate::store::files::Reach;

/// More than this are counted, not shown.
const SHOWN: usize = 3;

/// Says which of these new names would become the same variable as another name.
pub(crate) fn tell(vault: &Vault<'_>, new: &[&ParameterName], context: &mut Context) {
    let mut clashes = BTreeSet::new();
    let roots: BTreeSet<String> = new.iter().map(|name| root(name)).collect();
    for root in roots {
        let Ok(path) = root.parse::<ParameterPath>() else { continue };
        let found = vault.names_below(&path, Reach::Descendants).map(|below| below.found).unwrap_or_default();
        let mut same: BTreeMap<Option<Variable>, Vec<&ParameterName>> = BTreeMap::new();
        for name in &found {
            same.entry(variable(&name.rooted())).or_default().push(name);
        }
        for name in new.iter().filter(|name| name.is_below(&path)) {
            let others = same.get(&variable(&name.rooted())).into_iter().flatten().filter(|other| **other != *name);
            clashes.extend(others.map(|other| pair(name, other)));
        }
    }
    for (first, second) in clashes.iter().take(SHOWN) {
        let above = common(first, second);
        let variable = variable(&first[above.len()..]).map(|variable| variable.to_string()).unwrap_or_default();
        let above = if above.is_empty() { "/" } else { above };
        context.ui.note(format!(
            "`{first}` and `{second}` would both become {variable}, which `vault exec {above}` refuses: rename one with `vault param \
             move`, or remove it"
        ));
    }
    let more = clashes.len().saturating_sub(SHOWN);
    if more > 0 {
        context.ui.note(format!("{} would become the same variable as another", Count::of(more, "more name")));
    }
}

/// Says which of these names below a path become variables that `exec` refuses.
pub(crate) fn tell_refused(names: &[&ParameterName], path: &ParameterPath, context: &mut Context) {
    for variable in names.iter().filter_map(|name| variable(name.below(path)?)) {
        let Some(danger) = variable.danger() else { continue };
        context.ui.note(format!(
            "`vault exec {}` refuses {variable}, because it can make a program {danger}: `--allow-variable {variable}` allows it",
            path.as_str()
        ));
    }
}

fn variable(relative: &str) -> Option<Variable> {
    Variable::from_name(relative, NameStyle::Upper, "").ok()
}

/// The path of the first level, below which two names can become one variable.
fn root(name: &ParameterName) -> String {
    let mut levels = name.levels();
    match (levels.next(), levels.next()) {
        (Some(first), Some(_)) => format!("/{first}"),
        _ => "/".to_owned(),
    }
}

/// Two names in their order.
fn pair(one: &ParameterName, other: &ParameterName) -> (String, String) {
    let (one, other) = (one.rooted(), other.rooted());
    if one < other { (one, other) } else { (other, one) }
}

/// The longest path above both names.
fn common<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    one.get(..same).and_then(|same| same.rfind('/')).map_or("", |at| &one[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_path_ends_at_a_level() {
        assert_eq!(common("/shop/dev/DB_PASSWORD", "/shop/dev/db/password"), "/shop/dev");
        assert_eq!(common("/shop/dev/ab", "/shop/dev/ab/c"), "/shop/dev");
        assert_eq!(common("/a_b", "/a/b"), "");
    }

    #[test]
    fn names_of_one_level_are_compared_at_the_root() {
        assert_eq!(root(&"/x".parse().unwrap()), "/");
        assert_eq!(root(&"/shop/dev/x".parse().unwrap()), "/shop");
    }
}
