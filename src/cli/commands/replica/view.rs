//! What the commands report of copies.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::aws::replication_status::{ReplicationStatus, Status};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::replicas::CopyStatus;
use crate::cli::report::fingerprint::short_id;
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::model::secret::{Origin, Secret};

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReplicaReport {
    /// Secrets that have copies in other vaults.
    replicas: Vec<SecretView>,
    /// Secrets of this vault that are copies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    copies: Vec<CopyView>,
    /// The directories of other vaults on this machine, by their ids.
    #[serde(skip)]
    places: BTreeMap<String, PathBuf>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SecretView {
    name: String,
    replication_status: Vec<ReplicationStatus>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CopyView {
    name: String,
    primary_region: String,
    primary_vault: String,
    primary_name: String,
    primary_revision: u64,
}

impl ReplicaReport {
    /// The copies of each secret.
    pub(super) fn new(statuses: &[CopyStatus]) -> Self {
        let mut replicas: Vec<SecretView> = Vec::new();
        for status in statuses {
            let name = status.name.to_string();
            match replicas.last_mut().filter(|last| last.name == name) {
                Some(last) => last.replication_status.push(status.view()),
                None => replicas.push(SecretView { name, replication_status: vec![status.view()] }),
            }
        }
        let places = Context::config().ok().and_then(|config| Some(config.read().ok()?.replicas.clone()));
        ReplicaReport { replicas, copies: Vec::new(), places: places.unwrap_or_default() }
    }

    /// The same with what this vault has copies of.
    pub(super) fn with_copies(self, copies: &[Secret]) -> Self {
        let view = |copy: &Secret| {
            let Origin { vault, name, rev, region, .. } = copy.origin.clone()?;
            Some(CopyView {
                name: copy.name.to_string(),
                primary_region: region,
                primary_vault: vault.to_string(),
                primary_name: name.to_string(),
                primary_revision: rev,
            })
        };
        ReplicaReport { copies: copies.iter().filter_map(view).collect(), ..self }
    }

    /// The directory of a vault, or enough of its id to recognise it.
    fn place(&self, vault: &str) -> String {
        self.places.get(vault).map_or_else(|| short_id(vault), |place| place.display().to_string())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.replicas.is_empty() && self.copies.is_empty()
    }
}

/// Fails if a copy failed: with the code of the first failure, since the report says the rest.
pub(super) fn outcome(statuses: &[CopyStatus]) -> CliResult<()> {
    statuses.iter().find_map(|status| status.exit).map_or(Ok(()), |exit| Err(CliError::Reported(exit)))
}

impl Report for ReplicaReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("NAME", Meaning::Name),
            ("STATUS", Meaning::Label),
            ("VAULT", Meaning::Plain),
            ("REGION", Meaning::Plain),
            ("NAME THERE", Meaning::Name),
        ]);
        for secret in &self.replicas {
            for it in &secret.replication_status {
                let region = it.region.as_deref().unwrap_or("-");
                let there = it.replica_name.as_deref().unwrap_or_default();
                let status = if page.is_of_dry_run() && it.status == Status::InSync {
                    "would be InSync"
                } else {
                    it.status.as_str()
                };
                table.row([&*secret.name, status, &self.place(it.vault.as_deref().unwrap_or_default()), region, there]);
                if let Some(why) = &it.status_message {
                    table.note(why);
                }
            }
        }
        page.table(&table);
        for copy in &self.copies {
            let name = page.paint(Meaning::Name, &copy.name);
            let primary = page.paint(Meaning::Name, &copy.primary_name);
            let vault = self.place(&copy.primary_vault);
            page.line(format!(
                "{name} is a read-only copy of {primary} in the vault {vault}, revision {}",
                copy.primary_revision
            ));
        }
    }
}
