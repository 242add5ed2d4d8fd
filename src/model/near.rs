//! What somebody may have meant by a name that nothing has.

use super::name::{ParameterName, SecretName};
use super::suggestion::distance;
use super::trust::Kind;

/// How many names are suggested.
const MOST: usize = 3;

/// What a name was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// A document of that kind.
    One(Kind),
    /// A parameter or a secret.
    Any,
    /// Parameters below a path.
    Below,
    /// Anything with values: a parameter, a secret, or a path.
    Source,
}

/// Something that the name may have meant; the nearest is the least.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    distance: usize,
    is_other: bool,
    /// What it is.
    pub what: NearKind,
    /// Its name.
    pub name: String,
}

/// What a similar name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NearKind {
    /// A parameter.
    Parameter,
    /// A secret.
    Secret,
    /// A path with parameters below it.
    Path,
}

impl Near {
    /// Whether it differs from the wanted name at most in its spelling.
    pub(crate) fn is_same_name(&self) -> bool {
        self.distance == 0
    }

    /// Whether it is something else than what was wanted, such as a secret instead of a parameter.
    pub(crate) fn is_other(&self) -> bool {
        self.is_other
    }
}

impl Aim {
    /// The aim in a sentence.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Aim::One(kind) => kind.as_str(),
            Aim::Any => "parameter or secret",
            Aim::Below => "path",
            Aim::Source => "parameter, path or secret",
        }
    }

    fn is_other(self, what: NearKind) -> bool {
        match self {
            Aim::One(Kind::Parameter) => what != NearKind::Parameter,
            Aim::One(Kind::Secret) => what != NearKind::Secret,
            Aim::One(Kind::Credential) => true,
            Aim::Any => what == NearKind::Path,
            Aim::Below => what == NearKind::Secret,
            Aim::Source => false,
        }
    }
}

/// The names and paths that resemble the wanted one, nearest first. If some differ only in spelling or in what they are, those alone.
pub(crate) fn near(aim: Aim, wanted: &str, parameters: &[ParameterName], secrets: &[SecretName]) -> Vec<Near> {
    let one = |what: NearKind, name: &str| {
        let is_other = aim.is_other(what);
        let distance = distance(wanted, name).filter(|_| is_other || name != wanted)?;
        Some(Near { distance, is_other, what, name: name.to_owned() })
    };
    let mut names: Vec<Near> = parameters.iter().filter_map(|it| one(NearKind::Parameter, it.as_str())).collect();
    names.extend(secrets.iter().filter_map(|it| one(NearKind::Secret, it.as_str())));
    let mut paths: Vec<Near> = paths(parameters).filter_map(|path| one(NearKind::Path, path)).collect();
    // Every name brings its paths along, which help only where a path may have been meant.
    paths.retain(|path| matches!(aim, Aim::Below | Aim::Source) || path.is_same_name() || names.is_empty());
    names.append(&mut paths);
    names.sort();
    names.dedup();
    // What is twice as far as the nearest is noise; spelling alone makes no distance.
    let limit = names.first().map_or(0, |nearest| nearest.distance * 2);
    names.retain(|name| name.distance <= limit);
    names.truncate(MOST);
    names
}

/// Every path that has parameters below it; most of them several times.
fn paths(names: &[ParameterName]) -> impl Iterator<Item = &str> {
    names.iter().map(ParameterName::as_str).flat_map(|name| {
        let ends = name.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        ends.map(move |at| &name[..at])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(aim: Aim, wanted: &str) -> Vec<(NearKind, String)> {
        let parameters = ["/shop/dev/DB_PASSWORD", "/shop/dev/DB_HOST", "/shop/prod/DB_HOST", "plain"];
        let parameters = parameters.map(|name| name.parse().unwrap());
        let secrets = ["prod/db", "prod/api-key"].map(|name| name.parse().unwrap());
        near(aim, wanted, &parameters, &secrets).into_iter().map(|near| (near.what, near.name)).collect()
    }

    #[test]
    fn another_kind_of_thing_with_that_name_is_said_alone() {
        let (parameter, secret) = (Aim::One(Kind::Parameter), Aim::One(Kind::Secret));
        assert_eq!(found(parameter, "/prod/db"), [(NearKind::Secret, "prod/db".into())]);
        assert_eq!(found(secret, "shop/dev/db_host"), [(NearKind::Parameter, "/shop/dev/DB_HOST".into())]);
        assert_eq!(found(parameter, "/shop/dev"), [(NearKind::Path, "/shop/dev".into())]);
        assert_eq!(found(Aim::Any, "shop/dev"), [(NearKind::Path, "/shop/dev".into())]);
        assert_eq!(found(Aim::Any, "prod/API_KEY"), [(NearKind::Secret, "prod/api-key".into())]);
    }

    #[test]
    fn a_path_with_a_typo_is_found_where_a_path_is_meant() {
        assert_eq!(found(Aim::Below, "/shop/dve")[0], (NearKind::Path, "/shop/dev".into()));
        assert_eq!(found(Aim::Source, "shop/dev"), [(NearKind::Path, "/shop/dev".into())]);
        assert_eq!(found(Aim::Any, "/shop/dve"), [(NearKind::Path, "/shop/dev".into())], "nothing else is near");
    }

    #[test]
    fn a_last_part_finds_every_name_that_ends_with_it() {
        let hosts =
            [(NearKind::Parameter, "/shop/dev/DB_HOST".into()), (NearKind::Parameter, "/shop/prod/DB_HOST".into())];
        assert_eq!(found(Aim::Any, "db-host"), hosts);
        assert_eq!(found(Aim::Any, "password"), [(NearKind::Parameter, "/shop/dev/DB_PASSWORD".into())]);
        assert!(found(Aim::Any, "entirely-different").is_empty());
    }
}
