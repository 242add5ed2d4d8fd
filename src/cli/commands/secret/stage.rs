//! `vault secret stage`: where stages are, and moving one.

use clap::Args;
use serde::Serialize;

use super::broken;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::session::Session;
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::model::name::SecretName;
use crate::model::secret::{Secret, Stage, StageMove, VersionId, VersionPrefix};

/// Show the stages of a secret, or move one
#[derive(Debug, Args)]
#[command(
    long_about = "Show the stages of a secret, or move one to another version.\n\n\
        To move a stage that is already on a version, give that version with --from, so that you do not undo a move \
        by somebody else. When AWSCURRENT moves, the previous version becomes AWSPREVIOUS. --from alone removes a \
        stage.",
    after_help = "Examples:\n  \
        vault secret stage prod/db                                   show them\n  \
        vault secret stage prod/db AWSCURRENT --from 7c181dee --to 2be3f99f\n  \
        vault secret stage prod/db blue --to 2be3f99f                a custom stage\n  \
        vault secret stage prod/db blue --from 2be3f99f              remove it"
)]
pub(crate) struct StageArgs {
    /// Name of the secret
    name: SecretName,
    /// Stage: AWSCURRENT, AWSPREVIOUS, AWSPENDING or a custom one
    stage: Option<Stage>,
    /// The version that has it now: its id, or at least its first eight characters
    #[arg(long, value_name = "ID", requires = "stage")]
    from: Option<VersionPrefix>,
    /// The version to move it to
    #[arg(long, value_name = "ID", requires = "stage")]
    to: Option<VersionPrefix>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StagesReport {
    name: String,
    stages: Vec<StageView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StageView {
    version_stage: String,
    version_id: String,
}

/// What was moved, with the names of the request.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MovedReport {
    name: String,
    version_stage: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remove_from_version_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    move_to_version_id: Option<String>,
}

pub(super) fn run(args: &StageArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    match &args.stage {
        None => list(&args.name, vault, context),
        Some(stage) => shift(args, stage, vault, context),
    }
}

fn list(name: &SecretName, vault: Session, context: &mut Context) -> CliResult<()> {
    let secret = vault.secret(name)?;
    vault.finish(context);
    let staged = secret.versions.iter().flat_map(|version| version.stages.iter().map(move |stage| (stage, version)));
    let mut stages: Vec<StageView> = staged
        .map(|(stage, version)| StageView { version_stage: stage.to_string(), version_id: version.id().to_string() })
        .collect();
    stages.sort_by(|a, b| a.version_stage.cmp(&b.version_stage));
    Ok(context.ui.report(&StagesReport { name: secret.name.to_string(), stages })?)
}

fn shift(args: &StageArgs, stage: &Stage, vault: Session, context: &mut Context) -> CliResult<()> {
    if args.from.is_none() && args.to.is_none() {
        return Err(CliError::usage(
            format!("where should {stage} go?"),
            "`--to ID` moves it there, `--from ID` alone removes it",
        ));
    }
    let secret = vault.live_secret(&args.name)?;
    let (from, to) = (version(&secret, args.from.as_ref())?, version(&secret, args.to.as_ref())?);
    let order = StageMove { stage: stage.clone(), from, to };
    vault.stage_secret(&args.name, &order, context.now)?;
    vault.finish(context);
    Ok(context.ui.report(&MovedReport {
        name: args.name.to_string(),
        version_stage: stage.to_string(),
        remove_from_version_id: order.from.as_ref().map(ToString::to_string),
        move_to_version_id: order.to.as_ref().map(ToString::to_string),
    })?)
}

fn version(secret: &Secret, prefix: Option<&VersionPrefix>) -> CliResult<Option<VersionId>> {
    let found = prefix.map(|prefix| secret.resolve(prefix)).transpose();
    found.map_err(|error| broken(&secret.name, error))
}

impl Report for StagesReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([("STAGE", Meaning::Label), ("VERSION", Meaning::Version)]);
        for view in &self.stages {
            table.row([&view.version_stage, &view.version_id]);
        }
        page.table(&table);
    }
}

impl Report for MovedReport {
    fn text(&self, page: &mut Page) {
        let (name, stage) = (page.paint(Meaning::Name, &self.name), page.paint(Meaning::Label, &self.version_stage));
        let version = |id: &Option<String>| page.paint(Meaning::Version, id.as_deref().unwrap_or_default());
        let done = match self.move_to_version_id {
            Some(_) => page.done(&format!("on version {}", version(&self.move_to_version_id))),
            None => page.done(&format!("removed from version {}", version(&self.remove_from_version_id))),
        };
        page.line(format!("{name} {stage} {done}"));
    }
}
