//! Which items fit what is typed, the best first.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// The places of the items that fit, the best first; all of them, in their order, if nothing is typed. Each word must be in the item, its
/// letters in this order, in any case.
pub(super) fn matching(items: &[String], typed: &str) -> Vec<usize> {
    if typed.trim().is_empty() {
        return (0..items.len()).collect();
    }
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let (mut matcher, mut buffer) = (Matcher::new(Config::DEFAULT.match_paths()), Vec::new());
    let scores = items.iter().enumerate();
    let mut fitting: Vec<(u32, usize)> = scores
        .filter_map(|(place, item)| Some((pattern.score(Utf32Str::new(item, &mut buffer), &mut matcher)?, place)))
        .collect();
    fitting.sort_by_key(|(score, place)| (std::cmp::Reverse(*score), *place));
    fitting.into_iter().map(|(_, place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case_and_the_best_is_first() {
        let items = ["/shop/dev/DB_HOST", "/shop/dev/db_password", "/shop/prod/db_password", "prod/数据库"];
        let items = items.map(String::from);
        let found = |typed: &str| matching(&items, typed);
        assert_eq!(found(" "), [0, 1, 2, 3]);
        assert_eq!(found("DB pass prod"), [2]);
        assert_eq!(found("dbh"), [0]);
        assert_eq!(found("据"), [3]);
        assert_eq!(found("password")[..2], [1, 2]);
        assert!(found("nothing").is_empty());
    }

    #[test]
    fn ten_thousand_names_are_no_burden() {
        let items: Vec<String> = (0..10_000).map(|number| format!("/app/{}/key-{number}", number % 97)).collect();
        assert_eq!(matching(&items, "key-9999"), [9_999]);
    }
}
