//! `vault list --long`: names with what their documents say of them.

use serde::Serialize;

use super::is_parameter_below;
use crate::aws::parameter_history::ParameterHistory;
use crate::aws::secret::{SecretListEntry, SecretMetadata};
use crate::aws::version_stages::VersionStages;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::date::Date;
use crate::cli::report::refused;
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::model::name::ParameterPath;
use crate::model::secret::Secret;
use crate::store::files::Reach;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LongReport {
    parameters: Vec<ParameterHistory<Date>>,
    secret_list: Vec<SecretListEntry<Date>>,
}

pub(super) fn run(path: &str, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let mut parameters = vault.parameters_below(&ParameterPath::root(), Reach::Descendants, context.now)?;
    let mut secrets = vault.secrets()?;
    vault.finish(context);
    parameters.found.retain(|parameter| is_parameter_below(parameter.name.as_str(), path));
    secrets.found.retain(|secret| secret.require_live().is_ok() && secret.name.as_str().starts_with(path));
    let latest = parameters.found.iter().filter_map(|parameter| Some((parameter, parameter.latest()?)));
    let entry = |secret: &Secret| SecretListEntry {
        metadata: SecretMetadata::of(secret).with_own(secret),
        secret_versions_to_stages: VersionStages::of(secret),
    };
    context.ui.report(&LongReport {
        parameters: latest.map(|(parameter, version)| ParameterHistory::of(parameter, version, None)).collect(),
        secret_list: secrets.found.iter().map(entry).collect(),
    })?;
    refused::outcome(refused::joined([parameters.refused, secrets.refused]))
}

impl Report for LongReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("NAME", Meaning::Name),
            ("TYPE", Meaning::Plain),
            ("VERSION", Meaning::Version),
            ("CHANGED", Meaning::Plain),
            ("BY", Meaning::Plain),
        ]);
        for latest in &self.parameters {
            let (version, changed) = (latest.version.to_string(), page.age(latest.last_modified_date));
            table.row([latest.name.as_str(), latest.r#type, &version, &changed, &latest.last_modified_user]);
        }
        for SecretListEntry { metadata: secret, .. } in &self.secret_list {
            let by = secret.last_changed_user.as_deref().unwrap_or_default();
            table.row([secret.name.as_str(), "secret", "", &page.age(secret.last_changed_date), by]);
        }
        page.table(&table);
    }
}
