//! A pattern, and what it matches.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::error::{PatternError, PatternFault};
use super::fields::{self, Fields};
use super::values::Verdict;

/// The longest pattern, in bytes (FORMAT.md).
const LONGEST: usize = 4096;

/// A pattern of events.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Every combination of the branches of `$or`. One of them must match.
    combinations: Vec<Fields>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The text is not a pattern, or it is beyond the limits that keep matching cheap.
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        if text.len() > LONGEST {
            return Err(PatternFault::TooLong { length: text.len(), limit: LONGEST }.at(""));
        }
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| PatternFault::Json(error.to_string()).at(""))?;
        Ok(Pattern { combinations: fields::parse(text)? })
    }

    /// Whether an event matches: an array matches if one of its elements does, and fields below the same array must match
    /// in the same element.
    pub fn matches(&self, event: &Value) -> bool {
        self.combinations.iter().any(|fields| fields.judge(Some(event)) != Verdict::Differs)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::oracle;
    use super::*;

    /// The example of the documentation of event-ruler.
    fn event() -> Value {
        json!({
            "version": "0",
            "detail-type": "EC2 Instance State-change Notification",
            "source": "aws.ec2",
            "time": "2017-10-02T16:24:49Z",
            "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000", "second"],
            "detail": {
                "c-count": 5,
                "d-count": 3,
                "x-limit": 301.8,
                "source-ip": "10.0.0.33",
                "source-ip6": "2001:db8::7",
                "state": "running",
                "ended": null,
                "dry": false,
                "star": "a*b\\c",
                "none": [],
                "nested": {"c1": 100},
            }
        })
    }

    fn matches(pattern: &str) -> bool {
        Pattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")).matches(&event())
    }

    fn detail(key: &str, values: &str) -> bool {
        matches(&format!(r#"{{"detail": {{"{key}": [{values}]}}}}"#))
    }

    #[test]
    fn fields_must_all_match_by_one_of_their_values() {
        assert!(matches(r#"{"source": ["aws.s3", "aws.ec2"], "detail": {"state": ["running"]}}"#));
        assert!(matches(r#"{"resources": ["second"]}"#), "one element is enough");
        for differs in [
            r#"{"source": ["aws.ec"]}"#,
            r#"{"source": ["aws.ec2"], "detail": {"state": ["stopped"]}}"#,
            r#"{"resources": ["third"]}"#,
            r#"{"detail": ["running"]}"#,
            r#"{"source": {"x": ["aws.ec2"]}}"#,
            r#"{"detail": {"none": [""]}}"#,
        ] {
            assert!(!matches(differs), "{differs}");
        }
        assert!(detail("ended", "null") && detail("dry", "false") && !detail("dry", "null"));
        assert!(detail("c-count", "5.0") && detail("x-limit", "3.018e2") && !detail("c-count", r#""5""#));
    }

    #[test]
    fn texts_are_compared_in_all_ways() {
        for accepted in [
            r#"{"prefix": "run"}"#,
            r#"{"prefix": ""}"#,
            r#"{"prefix": {"equals-ignore-case": "RUN"}}"#,
            r#"{"suffix": "ning"}"#,
            r#"{"suffix": {"equals-ignore-case": "NING"}}"#,
            r#"{"equals-ignore-case": "RunninG"}"#,
            r#"{"exact": "running"}"#,
            r#"{"wildcard": "r*nn*g"}"#,
            r#"{"wildcard": "running"}"#,
            r#"{"wildcard": "*"}"#,
        ] {
            assert!(detail("state", accepted), "{accepted}");
            assert!(!detail("c-count", accepted) && !detail("missing", accepted), "{accepted}");
        }
        for refused in [
            r#"{"prefix": "unn"}"#,
            r#"{"suffix": "runnin"}"#,
            r#"{"equals-ignore-case": "RunninG "}"#,
            r#"{"wildcard": "r*x*g"}"#,
            r#"{"wildcard": "running*g"}"#,
        ] {
            assert!(!detail("state", refused), "{refused}");
        }
        assert!(detail("star", r#"{"wildcard": "a\\*b\\\\*"}"#) && !detail("star", r#"{"wildcard": "\\**"}"#));
    }

    #[test]
    fn anything_but_is_anything_else_that_is_there() {
        for (key, accepted) in [
            ("state", r#""initializing""#),
            ("state", r#"["stopped", "overloaded"]"#),
            ("state", r#"{"prefix": "init"}"#),
            ("state", r#"{"prefix": ["init", "stop"]}"#),
            ("state", r#"{"suffix": "ed"}"#),
            ("state", r#"{"equals-ignore-case": ["STOPPED", "x"]}"#),
            ("state", r#"{"wildcard": "*x*"}"#),
            ("state", "5"),
            ("x-limit", "[100, 200, 300]"),
            ("ended", r#""x""#),
        ] {
            assert!(detail(key, &format!(r#"{{"anything-but": {accepted}}}"#)), "{key} {accepted}");
        }
        for (key, refused) in [
            ("state", r#""running""#),
            ("state", r#"{"prefix": ["init", "run"]}"#),
            ("state", r#"{"equals-ignore-case": "RUNNING"}"#),
            ("state", r#"{"wildcard": "*nn*"}"#),
            ("c-count", "[4, 5.0]"),
            ("missing", r#""x""#),
            ("none", r#""x""#),
            ("nested", r#""x""#),
        ] {
            assert!(!detail(key, &format!(r#"{{"anything-but": {refused}}}"#)), "{key} {refused}");
        }
        assert!(matches(r#"{"resources": [{"anything-but": "second"}]}"#), "one element is enough");
    }

    #[test]
    fn numbers_and_addresses_have_ranges() {
        for accepted in
            [r#"[">", 0, "<=", 5]"#, r#"[">=", 5, "<", 6]"#, r#"["<", 10]"#, r#"["=", 5]"#, r#"[">", 4.999]"#]
        {
            assert!(detail("c-count", &format!(r#"{{"numeric": {accepted}}}"#)), "{accepted}");
        }
        for refused in [r#"[">", 5]"#, r#"[">", 0, "<", 5]"#, r#"["=", 6]"#, r#"["<=", 4]"#] {
            assert!(!detail("c-count", &format!(r#"{{"numeric": {refused}}}"#)), "{refused}");
        }
        assert!(!detail("state", r#"{"numeric": ["<", 10]}"#));
        let exact = Pattern::parse(r#"{"n": [9007199254740993]}"#).unwrap();
        assert!(exact.matches(&json!({"n": 9_007_199_254_740_993_u64})));
        assert!(!exact.matches(&json!({"n": 9_007_199_254_740_992_u64})));

        for inside in ["10.0.0.0/24", "10.0.0.33/32", "0.0.0.0/0", "10.0.0.1/26"] {
            assert!(detail("source-ip", &format!(r#"{{"cidr": "{inside}"}}"#)), "{inside}");
        }
        for outside in ["10.0.0.64/26", "11.0.0.0/8", "::/0"] {
            assert!(!detail("source-ip", &format!(r#"{{"cidr": "{outside}"}}"#)), "{outside}");
        }
        assert!(detail("source-ip6", r#"{"cidr": "2001:db8::/32"}"#) && detail("source-ip6", r#"{"cidr": "::/0"}"#));
        assert!(!detail("source-ip6", r#"{"cidr": "2001:db9::/32"}"#) && !detail("state", r#"{"cidr": "::/0"}"#));
    }

    #[test]
    fn only_leaves_exist() {
        for key in ["missing", "nested", "none"] {
            assert!(detail(key, r#"{"exists": false}"#) && !detail(key, r#"{"exists": true}"#), "{key}");
        }
        for key in ["state", "ended", "dry"] {
            assert!(!detail(key, r#"{"exists": false}"#) && detail(key, r#"{"exists": true}"#), "{key}");
        }
        assert!(matches(r#"{"no": {"such": {"field": [{"exists": false}]}}}"#));
        assert!(matches(r#"{"source": {"below": [{"exists": false}, "x"]}}"#));
    }

    #[test]
    fn fields_below_one_array_match_in_one_element() {
        let event = json!({"employees": [
            [{"firstName": "John", "lastName": "Doe"}, {"firstName": "Anna", "lastName": "Smith"}],
            [{"firstName": "Peter", "lastName": "Jones", "left": true}],
        ]});
        for (pattern, expected) in [
            (r#"{"firstName": ["Anna"]}"#, true),
            (r#"{"firstName": ["Anna"], "lastName": ["Smith"]}"#, true),
            (r#"{"firstName": ["Anna"], "lastName": ["Jones"]}"#, false),
            (r#"{"firstName": ["Anna"], "left": [{"exists": false}]}"#, true),
            (r#"{"firstName": ["Peter"], "left": [{"exists": false}]}"#, false),
            (r#"{"left": [{"exists": false}]}"#, false),
            (r#"{"$or": [{"firstName": ["Anna"], "left": [true]}, {"lastName": ["Jones"]}]}"#, true),
        ] {
            let parsed = Pattern::parse(&format!(r#"{{"employees": {pattern}}}"#)).unwrap();
            assert_eq!(parsed.matches(&event), expected, "{pattern}");
        }
        let beside =
            r#"{"employees": {"firstName": ["Anna"]}, "$or": [{"employees": {"lastName": ["Jones"]}}, {"x": [1]}]}"#;
        assert!(!Pattern::parse(beside).unwrap().matches(&event), "a branch is about the same element");
    }

    #[test]
    fn one_branch_of_each_or_must_match() {
        assert!(matches(r#"{"source": ["aws.ec2"], "$or": [{"x": [1]}, {"detail": {"c-count": [5]}}]}"#));
        assert!(matches(
            r#"{"$or": [{"x": [1]}, {"version": ["0"]}], "detail": {"$or": [{"x": [1]}, {"d-count": [3]}]}}"#
        ));
        assert!(!matches(
            r#"{"$or": [{"x": [1]}, {"version": ["0"]}], "detail": {"$or": [{"x": [1]}, {"d-count": [4]}]}}"#
        ));
        assert!(!matches(r#"{"source": ["aws.s3"], "$or": [{"version": ["0"]}, {"detail": {"c-count": [5]}}]}"#));
    }

    fn refused(pattern: &str) -> String {
        Pattern::parse(pattern).map(drop).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_its_place() {
        for (pattern, expected) in [
            ("", "not valid JSON: EOF while parsing a value at line 1 column 0"),
            ("[]", "a pattern must be a JSON object"),
            ("{}", "an empty object is not allowed"),
            (r#"{"a": {}}"#, "`a`: an empty object is not allowed"),
            (r#"{"a": "x"}"#, r#"`a`: must be an array of values, such as ["x"], or an object"#),
            (r#"{"a": {"b": []}}"#, "`a.b`: an empty array is not allowed"),
            (r#"{"a": {"b": [1, [2]]}}"#, "`a.b[1]`: an array in an array is not allowed"),
            (r#"{"a": {"b": [1], "\u0062": [2]}}"#, "`a`: a key is given twice"),
            (
                r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#,
                r#"`a[0]`: a matcher must be an object with one key, such as {"prefix": "x"}"#,
            ),
            (r#"{"a": ["x", {"like": "x"}]}"#, r#"`a[1]`: "like" is not a matcher"#),
            (r#"{"a": [{"prefix": 1}]}"#, "`a[0]`: `prefix` needs a text"),
            (r#"{"a": [{"suffix": {"prefix": "x"}}]}"#, "`a[0]`: `suffix` needs a text or `equals-ignore-case`"),
            (r#"{"a": [{"exists": 1}]}"#, "`a[0]`: `exists` needs true or false"),
            (r#"{"a": [{"wildcard": "a**b"}]}"#, "`a[0]`: `wildcard` needs a text without `**`"),
            (
                r#"{"a": [{"wildcard": "a\\b"}]}"#,
                r"`a[0]`: `wildcard` needs a text in which `\` stands before `*` or `\`",
            ),
            (r#"{"a": [{"cidr": "10.0.0.0/33"}]}"#, "`a[0]`: `cidr` needs a network, such as 10.0.0.0/8"),
            (r#"{"a": [{"numeric": [">", 5, "<", 5]}]}"#, "`a[0]`: `numeric` needs a bottom that is less than the top"),
            (
                r#"{"a": [{"numeric": ["<", 5, ">", 1]}]}"#,
                r#"`a[0]`: `numeric` needs a comparison such as [">", 0, "<=", 5]"#,
            ),
            (r#"{"$or": [{"a": [1]}]}"#, "`$or`: `$or` must be an array of two or more objects"),
            (r#"{"b": {"$or": {"a": [1]}}}"#, "`b.$or`: `$or` must be an array of two or more objects"),
            (
                r#"{"$or": [{"a": [1]}, {"b": 1}]}"#,
                r#"`$or[1].b`: must be an array of values, such as ["x"], or an object"#,
            ),
            (
                r#"{"a": {"b": [1]}, "$or": [{"a": {"b": [2]}}, {"c": [1]}]}"#,
                "`a.b`: constrained both inside and outside of `$or`; use one of them",
            ),
        ] {
            assert_eq!(refused(pattern), expected, "{pattern}");
        }
        for operand in
            ["[]", "true", "null", r#"["a", 1]"#, r#"{"numeric": ["=", 1]}"#, r#"{"prefix": ""}"#, r#"{"suffix": []}"#]
        {
            assert!(Pattern::parse(&format!(r#"{{"a": [{{"anything-but": {operand}}}]}}"#)).is_err(), "{operand}");
        }
    }

    #[test]
    fn what_would_be_costly_is_refused() {
        let or = |number: usize| {
            let branches: Vec<_> = (0..10).map(|branch| format!(r#"{{"{number}{branch}":[1]}}"#)).collect();
            format!(r#""{number}":{{"$or":[{}]}}"#, branches.join(","))
        };
        let ors = |count: usize| format!("{{{}}}", (0..count).map(or).collect::<Vec<_>>().join(","));
        assert!(Pattern::parse(&ors(3)).is_ok());
        assert_eq!(refused(&ors(4)), "the branches of `$or` have more than 1000 combinations");

        let many: Vec<_> = (0..100).map(|number| format!(r#""f{number}":[1]"#)).collect();
        let wide = ors(3).replacen('{', &format!("{{{},", many.join(",")), 1);
        assert_eq!(refused(&wide), "too complex: all combinations of `$or` have more than 10000 fields");

        let deep = |levels: usize| format!("{}[1]{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
        assert!(Pattern::parse(&deep(16)).is_ok());
        assert!(refused(&deep(17)).ends_with("nested more than 16 levels deep"));
        assert!(
            refused(&deep(200)).starts_with("not valid JSON: recursion limit") || refused(&deep(200)).ends_with("deep")
        );
        assert!(refused(&format!(r#"{{"a": [{{"wildcard": "{}"}}]}}"#, "*a".repeat(31))).contains("at most 30"));
        assert_eq!(refused(&deep(900)), "a pattern can have at most 4096 bytes, not 5403");
    }

    #[test]
    fn an_event_may_be_nested_deeply() {
        let nested = (0..50_000).fold(Value::from("x"), |inner, _| Value::Array(vec![inner]));
        // Its own destructor would need more stack than there is.
        let event = std::mem::ManuallyDrop::new(Value::Object([("a".to_owned(), nested)].into_iter().collect()));
        assert!(Pattern::parse(r#"{"a": ["x"]}"#).unwrap().matches(&event));
        assert!(!Pattern::parse(r#"{"a": {"b": ["x"]}}"#).unwrap().matches(&event));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn it_matches_what_a_search_through_all_choices_finds(
            pattern in oracle::patterns(),
            events in proptest::collection::vec(oracle::events(), 4),
        ) {
            let Ok(parsed) = Pattern::parse(&pattern.to_string()) else { return Ok(()) };
            for event in &events {
                prop_assert_eq!(parsed.matches(event), oracle::matches(&pattern, event), "{} {}", pattern, event);
            }
        }

        #[test]
        fn wildcards_match_what_backtracking_finds(pattern in "[ab]{0,2}(\\*[ab]{1,2}){0,3}\\*?", text in "[ab]{0,10}") {
            let parsed = Pattern::parse(&json!({"x": [{"wildcard": &pattern}]}).to_string()).unwrap();
            let expected = oracle::is_like(pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(parsed.matches(&json!({"x": text})), expected);
        }

        #[test]
        fn no_text_panics(text in r#"[{}\[\]":,a$or0-9 \\*]{0,60}"#) {
            drop(Pattern::parse(&text));
        }
    }
}
