//! `vault secret versions`: the versions of a secret.

use crate::model::sealed::Sealed;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::palette::Meaning;
use crate::cli::report::{Page, Report};
use crate::cli::table::Table;
use crate::model::name::SecretName;
use crate::model::secret::SecretVersion;

/// Show the versions of a secret
#[derive(Debug, Args)]
#[command(
    long_about = "Show the versions of a secret that carry a stage, the oldest first. A version without a stage is deprecated: \
        it can still be read by its id, and goes when there are more than a hundred and it is older than a day.",
    after_help = "Examples:\n  vault secret versions prod/db\n  vault secret versions prod/db --all"
)]
pub(in crate::cli) struct VersionsArgs {
    /// Name of the secret
    #[arg(add = crate::cli::completions::secret_names())]
    name: SecretName,
    /// Also versions without a stage
    #[arg(short, long)]
    all: bool,
}

#[derive(Serialize)]
struct VersionsReport {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Versions")]
    versions: Vec<VersionView>,
}

#[derive(Serialize)]
struct VersionView {
    #[serde(rename = "VersionId")]
    id: String,
    #[serde(rename = "VersionStages", skip_serializing_if = "Vec::is_empty")]
    stages: Vec<String>,
    #[serde(rename = "CreatedDate")]
    created: String,
    #[serde(rename = "CreatedUser")]
    by: String,
    /// Nothing for a version that has no value yet.
    #[serde(rename = "KmsKeyIds", skip_serializing_if = "Option::is_none")]
    keys: Option<[String; 1]>,
    #[serde(skip)]
    kind: &'static str,
}

pub(super) fn run(args: &VersionsArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let secret = vault.secret(&args.name)?;
    context.finish(&vault);
    let wanted = secret.versions.iter().filter(|version| args.all || !version.stages.is_empty());
    let versions = wanted.map(VersionView::new).collect();
    Ok(context.ui.report(&VersionsReport { name: secret.name.to_string(), versions })?)
}

impl VersionView {
    fn new(version: &SecretVersion) -> Self {
        let sealed = version.content.as_ref();
        VersionView {
            id: version.id().to_string(),
            stages: version.stages.iter().map(ToString::to_string).collect(),
            created: version.created.to_string(),
            by: version.by.to_string(),
            keys: sealed.map(|sealed| [sealed.key.name.to_string()]),
            kind: match sealed.map(Sealed::is_binary) {
                None => "no value yet",
                Some(true) => "binary",
                Some(false) => "text",
            },
        }
    }
}

impl Report for VersionsReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("VERSION", Meaning::Version),
            ("CREATED", Meaning::Plain),
            ("BY", Meaning::Plain),
            ("VALUE", Meaning::Plain),
            ("STAGES", Meaning::Label),
        ]);
        for version in &self.versions {
            let stages = version.stages.join(" ");
            table.row([version.id.as_str(), &version.created, &version.by, version.kind, &stages]);
        }
        page.table(&table);
    }
}
