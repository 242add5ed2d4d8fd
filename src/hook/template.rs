//! Hooks that work as they are, for `vault rotate hooks new --template` (docs/strategies.md, Templates).
//!
//! Each file works alone. What several of them repeat is the same text, which a test compares.

/// A hook to be written into a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it rotates.
    pub about: &'static str,
    /// The program.
    pub text: &'static str,
}

impl Template {
    /// All of them, by name.
    pub const ALL: [Template; 10] = [
        template("aws-iam", "Access key of an AWS IAM user (aws)", include_str!("templates/aws-iam.py")),
        template("http-token", "Token of an HTTP API that issues tokens", include_str!("templates/http-token.py")),
        template("ldap", "Password of an LDAP entry (ldappasswd)", include_str!("templates/ldap.py")),
        template("mongodb", "Password of a MongoDB or DocumentDB user (pymongo)", include_str!("templates/mongodb.py")),
        template("oracle", "Password of an Oracle Database user (oracledb)", include_str!("templates/oracle.py")),
        template("rabbitmq", "Password of a RabbitMQ user", include_str!("templates/rabbitmq.py")),
        template("redis", "Password of a Redis or Valkey user", include_str!("templates/redis.py")),
        template("redshift", "Password of an Amazon Redshift user (psql)", include_str!("templates/redshift.py")),
        template(
            "sqlserver",
            "Password of a Microsoft SQL Server login (pyodbc)",
            include_str!("templates/sqlserver.py"),
        ),
        template("ssh-key", "SSH key of an account (ssh)", include_str!("templates/ssh-key.py")),
    ];

    /// The one of this name.
    pub fn named(name: &str) -> Option<&'static Template> {
        const ALL: &[Template] = &Template::ALL;
        ALL.iter().find(|template| template.name == name)
    }
}

const fn template(name: &'static str, about: &'static str, text: &'static str) -> Template {
    Template { name, about, text }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::hook_options::HookOptions;

    #[test]
    fn what_templates_repeat_is_the_same() {
        let repeated = [
            ("# The same in every template: ", "\nADMIN = ", 10),
            ("# The same in every template that makes ", "return password\n", 7),
            ("# The same in every template that logs in ", "def test():\n", 6),
        ];
        for (begin, end, templates) in repeated {
            let part = |template: &Template| Some(template.text.split_once(begin)?.1.split_once(end)?.0);
            let parts: Vec<_> = Template::ALL.iter().filter_map(part).collect();
            let different: BTreeSet<_> = parts.iter().collect();
            assert_eq!((parts.len(), different.len()), (templates, 1), "{begin}");
        }
    }

    #[test]
    fn each_template_declares_the_options_that_it_knows() {
        for template in Template::ALL {
            assert!(HookOptions::declared_by(template.text.as_bytes()).is_some(), "{}", template.name);
        }
        assert!(Template::ALL.is_sorted_by_key(|template| template.name));
        assert!(Template::named("redis").is_some() && Template::named("reddis").is_none());
    }
}
