//! `vault --help`: the commands in groups, in the order in which people come to need them.

use std::fmt::Write as _;

use clap::Command;
use clap::builder::StyledStr;

/// Every visible command is in one group; a test compares them.
const GROUPS: [(&str, &str); 8] = [
    ("Start", "init tour status"),
    ("Values", "get set ls show edit rm history list find grep pick param label import export"),
    ("Secrets", "secret replica"),
    ("Rotation", "rotate tick"),
    ("Programs", "exec env render explain ci serve policy"),
    ("Team", "member key share receive shares trust identity unlock lock"),
    ("Git", "git-setup diff sync resolve accept adopt"),
    (
        "Care",
        "doctor verify audit consumers unused events scan checkpoint backup restore upgrade config completions man",
    ),
];

/// What the environment decides, below the long help.
const ENVIRONMENT: &str = "Environment:
  VLT_DIR            vault directory, like --vault
  VLT_IDENTITY_FILE  identity file, like --identity
  VLT_IDENTITY_FD    file descriptor to read the identity from
  VLT_PASSPHRASE     passphrase of the identity
  VLT_ID             id of the vault that a new machine accepts
  VLT_REASON         reason to record in the log of uses, like --reason
  VLT_PAGER, PAGER   pager for long reports, `cat` for none
  VISUAL, EDITOR     editor for values
  NO_COLOR           no colour";

/// The tree with its commands in groups.
pub(super) fn grouped(tree: Command) -> Command {
    let template = template(&tree);
    let examples = tree.get_after_help().map(ToString::to_string).unwrap_or_default();
    tree.help_template(template).after_long_help(format!("{examples}\n\n{ENVIRONMENT}"))
}

fn template(tree: &Command) -> StyledStr {
    let heading = tree.get_styles().get_header();
    let name = tree.get_styles().get_literal();
    let commands: Vec<&Command> = tree.get_subcommands().filter(|command| !command.is_hide_set()).collect();
    let widest = commands.iter().map(|command| names_of(command).len()).max().unwrap_or_default();
    let mut template = String::from("{before-help}{about-with-newline}\n{usage-heading} {usage}\n");
    for (title, names) in GROUPS {
        let _ = write!(template, "\n{heading}{title}:{heading:#}\n");
        for command in names.split(' ').filter_map(|name| commands.iter().find(|command| command.get_name() == name)) {
            let names = names_of(command);
            let gap = " ".repeat(widest + 2 - names.len());
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(template, "  {name}{names}{name:#}{gap}{about}");
        }
    }
    let _ = write!(template, "\n{heading}Options:{heading:#}\n{{options}}{{after-help}}");
    template.into()
}

/// Its name, and its aliases that users see: `list, ls`.
fn names_of(command: &Command) -> String {
    let names: Vec<&str> = [command.get_name()].into_iter().chain(command.get_visible_aliases()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::cli::Cli;

    #[test]
    fn every_command_is_in_one_group() {
        let tree = Cli::command();
        let visible = tree.get_subcommands().filter(|command| !command.is_hide_set());
        let commands: BTreeSet<&str> = visible.map(Command::get_name).collect();
        let listed = || GROUPS.iter().flat_map(|(_, names)| names.split(' '));
        let named: BTreeSet<&str> = listed().collect();
        assert_eq!(commands.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new(), "in no group of cli/help.rs");
        assert_eq!(listed().count(), named.len(), "in two groups of cli/help.rs");
    }

    #[test]
    fn the_overview_fits_into_80_columns() {
        let help = grouped(Cli::command()).term_width(80).render_long_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        for (title, _) in GROUPS {
            assert!(help.contains(&format!("\n{title}:\n")), "{title} is missing in\n{help}");
        }
        assert!(help.contains("VLT_DIR"));
    }

    /// clap wraps what is too wide, but an example that it has broken cannot be copied.
    #[test]
    fn every_help_fits_into_80_columns_as_it_is_written() {
        fn wide(command: &mut Command, above: &str, found: &mut Vec<String>) {
            let name = format!("{above} {}", command.get_name());
            let written = [command.get_after_help(), command.get_after_long_help()];
            let mut text = written.into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>();
            text.push(command.render_long_help().to_string());
            let examples = |line: &&str| line.starts_with("  ") && line.chars().count() > 80;
            let lines = text.iter().flat_map(|text| text.lines()).filter(examples);
            found.extend(lines.map(|line| format!("{}: {}: {line}", name.trim_start(), line.chars().count())));
            command.get_subcommands_mut().for_each(|command| wide(command, &name, found));
        }
        let mut tree = Cli::command();
        tree.build();
        let mut found = Vec::new();
        wide(&mut tree, "", &mut found);
        assert!(found.is_empty(), "wider than 80 columns:\n{}", found.join("\n"));
    }
}
