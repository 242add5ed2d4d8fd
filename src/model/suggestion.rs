//! Suggestions: similar names for a name that does not exist.

/// The candidates that resemble `wanted`, nearest first, at most `most` of them. The wanted name itself is not a suggestion.
pub(crate) fn nearest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>, most: usize) -> Vec<String> {
    let others = candidates.filter(|candidate| *candidate != wanted);
    let mut near: Vec<(usize, &str)> =
        others.filter_map(|candidate| Some((distance(wanted, candidate)?, candidate))).collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(most).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// How far a candidate is from the wanted name, or `None` if it is not similar.
///
/// Case, the first and the last slash, and whether words are separated by `_`, `-` or `.` do not count: 0. A name is similar if it ends
/// with the wanted one as whole levels, as `/app/prod/password` does with `password`; if it or its last level is a few typos away, at
/// most a third of the characters; and if the wanted name is among the words of its last level, as `password` is in `/app/DB_PASSWORD`.
pub(crate) fn distance(wanted: &str, candidate: &str) -> Option<usize> {
    let (wanted, candidate) = (plain(wanted), plain(candidate));
    if wanted.is_empty() {
        return None;
    }
    let length = wanted.chars().count();
    let last = candidate.rsplit('/').next().unwrap_or_default();
    let is_end = candidate.strip_suffix(&wanted).is_some_and(|before| before.is_empty() || before.ends_with('/'));
    let is_word = || format!("_{last}_").contains(&format!("_{wanted}_"));
    match candidate == wanted {
        true => Some(0),
        false if is_end => Some(1),
        false => typos(&wanted, &candidate, (length + 1) / 3)
            .or_else(|| typos(&wanted, last, length / 3).map(|typos| typos + 1))
            .or_else(|| is_word().then_some(2)),
    }
}

/// A name without what people get wrong first.
fn plain(name: &str) -> String {
    let separated = |character| if matches!(character, '-' | '.') { '_' } else { character };
    name.trim_matches('/').to_lowercase().chars().map(separated).collect()
}

/// The number of typos between two names, if there are at most `limit`.
fn typos(wanted: &str, candidate: &str, limit: usize) -> Option<usize> {
    // The distance is at least the difference of lengths; most names are dismissed without computing it.
    if candidate.chars().count().abs_diff(wanted.chars().count()) > limit {
        return None;
    }
    Some(strsim::osa_distance(wanted, candidate)).filter(|typos| *typos <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 6] = [
        "/app/prod/db/password",
        "/app/prod/db/host",
        "/app/test/db/password",
        "/other",
        "/app/prod/db/passwort",
        "/shop/dev/DB_PASSWORD",
    ];

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
        assert_eq!(near("hsot"), ["/app/prod/db/host"]);
        assert!(near("ho").is_empty(), "a part of a level is not a level");
    }

    #[test]
    fn case_separators_slashes_and_words_do_not_matter() {
        for wanted in
            ["shop/dev/db_password", "/Shop/Dev/DB-Password", "db.password", "DB_PASSWORD", "/shop/dev/db_password/"]
        {
            assert_eq!(near(wanted)[0], "/shop/dev/DB_PASSWORD", "{wanted}");
        }
        assert_eq!(nearest("password", ["/shop/dev/DB_PASSWORD"].into_iter(), 2), ["/shop/dev/DB_PASSWORD"]);
        assert_eq!(nearest("pass", ["/shop/dev/DB_PASSWORD"].into_iter(), 2), [""; 0], "a part of a word");
    }

    #[test]
    fn nothing_is_suggested_for_something_else_or_for_itself() {
        assert!(near("/completely/different/name").is_empty());
        assert!(near("/other").is_empty());
        assert!(near("").is_empty() && near("/").is_empty());
    }
}
