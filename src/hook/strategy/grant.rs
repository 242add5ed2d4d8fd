//! One line of MySQL's `SHOW GRANTS`, rewritten for another account.

/// The account in text, such as `` `app`@`10.%` ``.
pub(super) type Account = String;

/// A name and a host, quoted.
pub(super) fn account(user: &str, host: &str) -> Account {
    format!("{}@{}", literal(user), literal(host))
}

/// A text between single quotes, for a session whose mode is NO_BACKSLASH_ESCAPES.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The statement with `new` in place of its grantee, or `None` if it is not understood. How the grantee authenticates
/// (MariaDB) is left out; `REQUIRE` and `WITH` stay.
pub(super) fn regranted(statement: &str, new: &str) -> Option<String> {
    let words = words(statement)?;
    let before = match words.first()?.text {
        "GRANT" => "TO",
        "REVOKE" => "FROM",
        "SET" => "FOR",
        _ => return None,
    };
    let place = words.iter().rposition(|word| word.text == before)?;
    let grantee = words.get(place + 1)?;
    let rest = &words[place + 2..];
    let kept = rest.iter().find(|word| matches!(word.text, "REQUIRE" | "WITH")).map(|word| &statement[word.start..]);
    let known = rest.first().is_none_or(|word| matches!(word.text, "REQUIRE" | "WITH" | "IDENTIFIED"));
    if !known {
        return None;
    }
    let kept = kept.map_or_else(String::new, |kept| format!(" {kept}"));
    Some(format!("{}{new}{kept}", &statement[..grantee.start]))
}

/// A stretch without white space outside quotes.
struct Word<'a> {
    start: usize,
    text: &'a str,
}

/// The words of a statement; `None` if a quote is not closed. A doubled quote is one quote inside the quoted text.
fn words(statement: &str) -> Option<Vec<Word<'_>>> {
    let mut words = Vec::new();
    let (mut start, mut quote) = (None, None);
    for (place, c) in statement.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c.is_whitespace() => {
                words.extend(start.take().map(|start| Word { start, text: &statement[start..place] }));
            }
            None => {
                start.get_or_insert(place);
                quote = matches!(c, '`' | '\'' | '"').then_some(c);
            }
        }
    }
    words.extend(start.map(|start| Word { start, text: &statement[start..] }));
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grantee_is_another_and_the_privilege_the_same() {
        let cases = [
            (
                "GRANT SELECT, INSERT (`a TO b`) ON `my db`.* TO `app`@`%`",
                "GRANT SELECT, INSERT (`a TO b`) ON `my db`.* TO N",
            ),
            ("GRANT ALL ON `x`.* TO `app`@`10.%` WITH GRANT OPTION", "GRANT ALL ON `x`.* TO N WITH GRANT OPTION"),
            ("GRANT `role` TO `app`@`%`", "GRANT `role` TO N"),
            (
                "GRANT USAGE ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*AB WITH' REQUIRE SSL WITH MAX_USER_CONNECTIONS 5",
                "GRANT USAGE ON *.* TO N REQUIRE SSL WITH MAX_USER_CONNECTIONS 5",
            ),
            (
                "GRANT USAGE ON *.* TO `app`@`%` IDENTIFIED VIA ed25519 USING 'x' OR unix_socket",
                "GRANT USAGE ON *.* TO N",
            ),
            ("REVOKE SELECT ON `mysql`.* FROM `app`@`%`", "REVOKE SELECT ON `mysql`.* FROM N"),
            ("SET DEFAULT ROLE `r` FOR `app`@`%`", "SET DEFAULT ROLE `r` FOR N"),
            ("GRANT SELECT ON `a``b TO c`.* TO 'it''s'@'h'", "GRANT SELECT ON `a``b TO c`.* TO N"),
        ];
        for (statement, expected) in cases {
            assert_eq!(regranted(statement, "N").as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_not_understood_is_not_said_again() {
        for statement in
            ["", "DROP USER `app`@`%`", "GRANT SELECT ON `x`.*", "GRANT `x TO `app`@`%`", "GRANT r TO a; DROP TABLE t"]
        {
            assert_eq!(regranted(statement, "N"), None, "{statement}");
        }
    }

    #[test]
    fn quotes_in_names_are_doubled() {
        assert_eq!(account("it's", "10.%"), "'it''s'@'10.%'");
    }
}
