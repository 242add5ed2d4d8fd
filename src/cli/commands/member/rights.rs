//! What a new member may do, as it is typed.

use clap::Args;

use crate::engine::{Rights, Vault};
use crate::model::name::KeyName;
use crate::model::team::Return;
use crate::model::trust::{Role, Scope};

#[derive(Debug, Args)]
pub(super) struct RightsArgs {
    /// Key that the member may read; may be repeated
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    read: Vec<KeyName>,
    /// Scope that the member may write; may be repeated
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    write: Vec<Scope>,
    /// The member may change members and keys
    #[arg(long)]
    admin: bool,
    /// Allow the name or key of a removed member
    #[arg(long)]
    again: bool,
}

impl RightsArgs {
    /// An admin without anything else reads every key and writes everything.
    pub(super) fn of(&self, vault: &Vault<'_>) -> Rights {
        let back = if self.again { Return::Allowed } else { Return::Refused };
        if self.admin && self.read.is_empty() && self.write.is_empty() {
            let read = vault.trust().keys.iter().map(|rule| rule.name.clone()).collect();
            return Rights { role: Role::Admin, write: vec![Scope::All], read, back };
        }
        let role = if self.admin { Role::Admin } else { Role::Member };
        Rights { role, write: self.write.clone(), read: self.read.clone(), back }
    }
}
