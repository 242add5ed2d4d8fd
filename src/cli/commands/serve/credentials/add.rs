//! `vault serve credentials add`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::aws::value;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::git::plain_file::warn_of_key;
use crate::cli::input::text_file::text_at;
use crate::cli::terminal::page::{Format, Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::ui::Rendering;
use crate::engine::{Rights, Vault};
use crate::machine::private::{self, Overwrite, PrivateError};
use crate::model::credential::Credential;
use crate::model::iam::Policy;
use crate::model::period::Period;
use crate::model::team::Return;
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// Issue a credential for a program
#[derive(Debug, Args)]
#[command(
    long_about = "Issue a credential for a program: an access key, and an IAM policy that says what it may do.\n\n\
        It acts for you: whatever the policy says, it never does more than you may do at that moment. The secret access key is \
        shown once, on a terminal, or written to a file that AWS tools read. docs/credentials.md has policies to start from.",
    after_help = "Examples:\n  \
        vault serve credentials add shop --policy shop.json --expires 90d\n  \
        vault serve credentials add ci --policy - --out ci.credentials < ci.json\n  \
        AWS_SHARED_CREDENTIALS_FILE=ci.credentials aws ssm get-parameter …"
)]
pub(crate) struct AddArgs {
    /// What it is for
    name: String,
    /// File with its policy, or - for standard input
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    policy: String,
    /// End it after this time, such as 12h or 90d
    #[arg(long, value_name = "PERIOD")]
    expires: Option<Period>,
    /// Write the access key to a new file, as an AWS credentials file
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AddReport {
    access_key_id: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "value::optional_text")]
    secret_access_key: Option<SecretValue>,
    name: String,
    member: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<String>,
    /// The rights in the vault that limit it.
    reads_keys: Vec<String>,
    writes: Vec<String>,
    concerns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip)]
    expires: Option<Timestamp>,
}

pub(super) fn run(args: &AddArgs, context: &mut Context) -> CliResult<()> {
    let is_json = context.ui.settings().format == Format::Json;
    require_place(args, context)?;
    let policy = text_at(&args.policy, "give an IAM policy as JSON")?.trim().to_owned();
    let vault = context.open_vault()?;
    let expires = args.expires.map(|period| period.after(context.now));
    let (credential, key) = vault.issue_credential(&args.name, &policy, expires, context.now)?;
    let mut report = AddReport::of(&vault, &credential)?;
    match &args.out {
        _ if context.global.dry_run => {}
        Some(path) => {
            if let Err(error) = private::write_private(path, profile(&credential, &key).as_bytes(), Overwrite::Refuse) {
                // Nobody has its secret half.
                vault.revoke_credential(&credential.name, context.now)?;
                return Err(error.into());
            }
            warn_of_key(path, &mut context.ui);
            report.path = Some(path.display().to_string());
        }
        None => report.secret_access_key = Some(key),
    }
    let vault = vault.finish(context);
    for concern in &report.concerns {
        context.ui.warning(concern);
    }
    context.ui.report(&report)?;
    if let (Some(key), false) = (&report.secret_access_key, is_json) {
        context.ui.value(key, Rendering::Escaped)?;
    }
    context.suggest_commit(&vault);
    Ok(())
}

/// Refuses early what would leave a credential whose secret half nobody has.
fn require_place(args: &AddArgs, context: &Context) -> CliResult<()> {
    let is_json = context.ui.settings().format == Format::Json;
    match &args.out {
        Some(path) if path.symlink_metadata().is_ok() => Err(PrivateError::Exists { path: path.clone() }.into()),
        None if !(is_json || context.global.dry_run || context.ui.is_terminal()) => Err(CliError::usage(
            "the secret access key is shown on a terminal only",
            "write it to a file with `--out FILE`, or print it with `--json`",
        )),
        _ => Ok(()),
    }
}

/// An AWS credentials file.
fn profile(credential: &Credential, key: &SecretValue) -> Zeroizing<String> {
    let parts = [
        "[default]\naws_access_key_id = ",
        credential.name.as_str(),
        "\naws_secret_access_key = ",
        key.reveal_text().unwrap_or_default(),
        "\n",
    ];
    // In one piece: a buffer that grows would leave a copy behind.
    Zeroizing::new(parts.concat())
}

impl AddReport {
    fn of(vault: &Vault<'_>, credential: &Credential) -> CliResult<Self> {
        let Rights { write, read, .. } = vault.rights_of(&credential.member, Return::Refused)?;
        let concerns = Policy::identity(&credential.policy).map(|policy| policy.concerns(&vault.account()));
        Ok(AddReport {
            access_key_id: credential.name.to_string(),
            secret_access_key: None,
            name: credential.description.clone(),
            member: credential.member.to_string(),
            expiration_date: credential.expires.map(|at| at.to_string()),
            reads_keys: read.iter().map(ToString::to_string).collect(),
            writes: write.iter().map(ToString::to_string).collect(),
            concerns: concerns.unwrap_or_default(),
            path: None,
            expires: credential.expires,
        })
    }
}

impl Report for AddReport {
    fn shows_values(&self) -> bool {
        self.secret_access_key.is_some()
    }

    fn text(&self, page: &mut Page) {
        let list = |all: &[String]| match all {
            [] => "nothing".to_owned(),
            [all] if all == "*" => "everything".to_owned(),
            some => some.join(", "),
        };
        let expires = self.expires.map_or_else(|| "never".to_owned(), |at| page.moment(at));
        let (keys, writes) = (list(&self.reads_keys), list(&self.writes));
        let limits = format!("what {} may do: read under the keys {keys}; write {writes}", self.member);
        let id = if page.is_of_dry_run() { "a new one" } else { &self.access_key_id };
        let mut fields = vec![
            ("access key id", Meaning::Name, id.to_owned()),
            ("name", Meaning::Plain, self.name.clone()),
            ("acts for", Meaning::Plain, self.member.clone()),
            ("limited to", Meaning::Plain, limits),
            ("expires", Meaning::Plain, expires),
        ];
        fields.extend(self.path.iter().map(|path| ("file", Meaning::Name, path.clone())));
        page.fields(fields);
        if page.is_of_dry_run() {
            page.line("nothing was issued");
        }
        if self.secret_access_key.is_some() {
            page.line("").line("secret access key, shown only now:");
        }
    }
}
