//! A rotation as the command line that configures it.

use crate::cli::terminal::escape;
use crate::model::hook::HookName;
use crate::model::name::SecretName;
use crate::model::schedule::Rules;
use crate::model::secret::RotationTerms;
use crate::model::shell;

/// The command that configures a secret's rotation like this, to be reviewed and then pasted into a shell.
pub(crate) fn configure_command(name: &SecretName, terms: &RotationTerms) -> String {
    let hook = match &terms.hook {
        HookName::Builtin(strategy) => ["--strategy".to_owned(), strategy.as_str().to_owned()],
        hook => ["--hook".to_owned(), hook.to_string()],
    };
    let admin = terms.admin.iter().flat_map(|admin| ["--admin".to_owned(), admin.to_string()]);
    let options = terms.options.iter().flat_map(|(name, value)| ["--option".to_owned(), format!("{name}={value}")]);
    let rules = terms.rules.as_ref();
    let schedule = rules.into_iter().flat_map(|rules| ["--schedule".to_owned(), rules.schedule().to_string()]);
    let window = rules.and_then(Rules::window);
    let window = window.into_iter().flat_map(|window| ["--window".to_owned(), window.to_string()]);
    let words = hook.into_iter().chain(admin).chain(options).chain(schedule).chain(window);
    words.fold(format!("vault rotate configure {}", quoted(name.as_str())), |line, word| line + " " + &quoted(&word))
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@,=".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { shell::quoted(&escape::line(word)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_in_the_command() {
        let rules = Rules::new("rate(30 days)".parse().unwrap(), Some("3h".parse().unwrap())).unwrap();
        let terms = RotationTerms {
            hook: "db/rotate.sh".parse().unwrap(),
            admin: Some("prod/admin".parse().unwrap()),
            options: [("a".into(), "it's; rm\u{1b}".into())].into(),
            rules: Some(rules),
        };
        let command = configure_command(&"prod/db".parse().unwrap(), &terms);
        let expected = "vault rotate configure prod/db --hook db/rotate.sh --admin prod/admin --option ";
        assert!(
            command.starts_with(expected) && command.ends_with(" --schedule 'rate(30 days)' --window 3h"),
            "{command}"
        );
        assert!(!command.contains('\u{1b}'), "{command}");
        let bare =
            RotationTerms { hook: "builtin:random".parse().unwrap(), admin: None, options: [].into(), rules: None };
        let command = configure_command(&"a".parse().unwrap(), &bare);
        assert_eq!(command, "vault rotate configure a --strategy random");
    }
}
