//! Suggestions: similar names for a name that does not exist.

/// The candidates that resemble `wanted`, nearest first, at most `most` of them.
///
/// A name is similar if it is a few typos away (at most a third of its characters, ignoring case), or if it ends with
/// the wanted name as whole levels: `password` suggests `/app/prod/password`. The wanted name itself is not a
/// suggestion.
pub(crate) fn nearest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>, most: usize) -> Vec<String> {
    let mut near: Vec<(usize, &str)> = candidates
        .filter(|candidate| *candidate != wanted)
        .filter_map(|candidate| distance(wanted, candidate).map(|distance| (distance, candidate)))
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(most).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// The distance of two names, or `None` if it is too large for a typo.
fn distance(wanted: &str, candidate: &str) -> Option<usize> {
    let length = wanted.chars().count();
    let limit = (length / 3).max(1);
    if ends_with_levels(candidate, wanted) {
        return Some(limit);
    }
    // The distance is at least the difference of lengths; most names are dismissed without computing it.
    if candidate.chars().count().abs_diff(length) > limit {
        return None;
    }
    let slips = strsim::osa_distance(&wanted.to_lowercase(), &candidate.to_lowercase());
    (slips <= limit).then_some(slips)
}

fn ends_with_levels(candidate: &str, wanted: &str) -> bool {
    let wanted = wanted.trim_start_matches('/');
    !wanted.is_empty() && candidate.strip_suffix(wanted).is_some_and(|before| before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] =
        ["/app/prod/db/password", "/app/prod/db/host", "/app/test/db/password", "/other", "/app/prod/db/passwort"];

    fn near(wanted: &str) -> Vec<String> {
        nearest(wanted, NAMES.into_iter(), 2)
    }

    #[test]
    fn a_slip_finds_the_nearest_names_first() {
        assert_eq!(near("/app/prod/db/pasword"), ["/app/prod/db/password", "/app/prod/db/passwort"]);
        assert_eq!(near("/oterh"), ["/other"], "two letters changed places");
        assert_eq!(near("/OTHER"), ["/other"]);
    }

    #[test]
    fn the_last_levels_find_the_whole_name() {
        assert_eq!(near("db/host"), ["/app/prod/db/host"]);
        assert!(near("ost").is_empty(), "a part of a level is not a level");
    }

    #[test]
    fn nothing_is_suggested_for_something_else_or_for_itself() {
        assert!(near("/completely/different/name").is_empty());
        assert!(near("/other").is_empty());
        assert!(near("").is_empty());
    }
}
