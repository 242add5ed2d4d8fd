//! `vault receive`: takes values from a file that somebody made with `vault share`.

use std::path::PathBuf;

use clap::Args;
use data_encoding::HEXLOWER;
use serde::Serialize;

use super::import::report::{ImportReport, Row, SECRET, is_of_vault};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::report::count::Count;
use crate::cli::report::fingerprint::Fingerprint;
use crate::cli::report::time::relative;
use crate::cli::terminal::ui::Rendering;
use crate::cli::terminal::{Page, Question, Report, escape};
use crate::crypto::framing::sha256;
use crate::engine::{
    Error, Import, ImportedSecret, ImportedVersion, Masks, NewValue, PARCEL_FILE, Planned, Put, Vault,
};
use crate::inject::foreign::file::read_file;
use crate::model::name::ParameterPath;
use crate::model::parameter::{Overwrite, PutRequest, TierRequest};
use crate::model::parcel::{Parcel, ParcelError, ParcelItem, ParcelName};
use crate::model::time::{DAY, Timestamp};

/// Take values from a file of `vault share`
#[derive(Debug, Args)]
#[command(
    long_about = "Take values from a file that somebody made with `vault share` for you.\n\n\
        It is decrypted with your identity, its signature is verified, and nothing is taken from it after its expiration. The words \
        of the key that signed it are shown: compare them with the sender, because anyone can make such a file. Nothing about the \
        sender is remembered.\n\n\
        The plan is shown first. Values go to the names that they have there, or below --into.",
    after_help = "Examples:\n  \
        vault --dry-run receive shop.age        only show who made it, and the plan\n  \
        vault receive shop.age --into /from/ana\n  \
        vault receive for-ana.age --print       print the value, store nothing"
)]
pub(crate) struct ReceiveArgs {
    /// The file
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// Store the values below this path
    #[arg(long, value_name = "PATH")]
    into: Option<ParameterPath>,
    /// Print one value instead of storing any; NAME if there are several
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["into", "overwrite", "yes"])]
    print: Option<String>,
    /// Store new versions of existing names
    #[arg(long)]
    overwrite: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

/// After so long it is said how old the values are.
const OLD: i64 = 90 * DAY;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveReport {
    #[serde(flatten)]
    origin: OriginView,
    #[serde(flatten)]
    plan: ImportReport,
}

/// Who made the file, as far as it says.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OriginView {
    vault: String,
    by: String,
    fingerprint: String,
    created_date: String,
    expiration_date: String,
}

pub(crate) fn run(args: &ReceiveArgs, context: &mut Context) -> CliResult<()> {
    let file = read_file(&args.file, PARCEL_FILE)?;
    let vault = context.open_vault()?;
    let parcel = vault.open_parcel(&file, context.now)?;
    tell_origin(&parcel, &vault, context);
    let origin = OriginView::of(&parcel);
    if let Some(wanted) = &args.print {
        let value = only(parcel.items, Some(wanted.as_str()).filter(|wanted| !wanted.is_empty()))?.value;
        vault.finish(context);
        return Ok(context.ui.value(&value, Rendering::Escaped)?);
    }
    let (mut plan, mut imports) = (ImportReport { plan: Vec::new(), dry_run: context.global.dry_run }, Vec::new());
    let parent = common_parent(&parcel.items);
    for item in parcel.items {
        let name = placed(item.name.as_str(), &parent, args.into.as_ref(), &item.name);
        let (row, import) = args.planned(item, &name, &vault, context.now)?;
        plan.plan.push(row);
        imports.extend(import);
    }
    let refused = plan.plan.iter().any(|row| row.error.is_some());
    let dry_run = plan.dry_run;
    context.ui.report(&ReceiveReport { origin, plan })?;
    if !dry_run && !refused && !imports.is_empty() {
        let text = format!("Store {}?", Count::of(imports.len(), "value"));
        context.confirm_change(args.yes, Question::confirmation(&text), "nothing was written")?;
        let done = vault.import(&imports, context.now, &mut |_| {})?;
        context.ui.note(format!("{} stored", Count::of(done.written, "value")));
    }
    vault.finish(context);
    if refused { Err(CliError::Reported(Exit::Refused)) } else { Ok(()) }
}

/// Who signed it, and how old it is: what a person compares before anything is stored.
fn tell_origin(parcel: &Parcel, vault: &Vault<'_>, context: &mut Context) {
    let trust = vault.trust();
    let who = match trust.member_by_key(&parcel.sign) {
        Some(member) => format!("`{}`, a member of this vault", member.name),
        None => format!("`{}` of {}", escape::line(parcel.by.as_str()), parcel.vault),
    };
    let words = Fingerprint::of_hash(&sha256(&parcel.sign)).words();
    context.ui.note(format!("signed by {who}; compare these words with the sender: {words}"));
    let age = relative(parcel.created, context.now);
    context.ui.note(format!("made {age}, expires {}", relative(parcel.expires, context.now)));
    if context.now.unix() - parcel.created.unix() > OLD {
        context.ui.warning(format!("the file was made {age}: its values may have been replaced since"));
    }
}

/// The value that is printed.
fn only(items: Vec<ParcelItem>, wanted: Option<&str>) -> CliResult<ParcelItem> {
    let mut found: Vec<ParcelItem> =
        items.into_iter().filter(|item| wanted.is_none_or(|wanted| item.name.as_str() == wanted)).collect();
    match (found.pop(), found.is_empty(), wanted) {
        (Some(item), true, _) => Ok(item),
        (Some(_), false, _) => Err(Error::Parcel(ParcelError::Several).into()),
        (None, _, wanted) => Err(Error::Parcel(ParcelError::NotInIt(wanted.unwrap_or_default().to_owned())).into()),
    }
}

/// What the names have in common before their last component: `/shop/prod/` of `/shop/prod/a` and `/shop/prod/b/c`.
fn common_parent(items: &[ParcelItem]) -> String {
    let mut parents = items.iter().map(|item| item.name.as_str().rsplit_once('/').map_or("", |(parent, _)| parent));
    let first = parents.next().unwrap_or_default();
    let mut common: Vec<&str> = first.split('/').collect();
    for parent in parents {
        let same = common.iter().zip(parent.split('/')).take_while(|(one, other)| *one == other).count();
        common.truncate(same);
    }
    common.join("/")
}

/// Where a value goes: below a path, what its name has after the common parent.
fn placed(name: &str, parent: &str, into: Option<&ParameterPath>, kind: &ParcelName) -> String {
    let Some(into) = into else { return name.to_owned() };
    let rest = name.strip_prefix(parent).unwrap_or(name).trim_start_matches('/');
    let into = into.as_str().trim_end_matches('/');
    // Names of secrets are not rooted.
    let into = if matches!(kind, ParcelName::Secret(..)) { into.trim_start_matches('/') } else { into };
    if into.is_empty() && matches!(kind, ParcelName::Secret(..)) { rest.to_owned() } else { format!("{into}/{rest}") }
}

impl ReceiveArgs {
    /// What would become of one value, and what does it.
    fn planned(
        &self,
        item: ParcelItem,
        name: &str,
        vault: &Vault<'_>,
        now: Timestamp,
    ) -> CliResult<(Row, Option<Import>)> {
        let kind = match &item.name {
            ParcelName::Parameter(..) => item.name.type_word(),
            ParcelName::Secret(..) => SECRET,
        };
        let mut row = Row::new(name.to_owned(), kind, 1);
        let planned = self.import(item, name).and_then(|import| Ok((vault.plan_import(&import, now)?, import)));
        match planned {
            Ok((planned, import)) => {
                row.decide(planned);
                Ok((row, Some(import).filter(|_| planned != Planned::Unchanged)))
            }
            Err(error) if is_of_vault(&error) => Err(error),
            Err(error) => Ok((Row { error: Some(error.to_string()), ..row }, None)),
        }
    }

    fn import(&self, item: ParcelItem, name: &str) -> CliResult<Import> {
        let overwrite = if self.overwrite { Overwrite::Replace } else { Overwrite::Refuse };
        Ok(match item.name {
            ParcelName::Parameter(_, kind) => {
                let tier = Some(TierRequest::Intelligent);
                let request = PutRequest { tier, kind: Some(kind), overwrite, ..PutRequest::default() };
                Import::Parameter(vec![Put { name: name.parse().map_err(Error::from)?, value: item.value, request }])
            }
            ParcelName::Secret(_, binary) => {
                let value = NewValue { value: item.value, binary, masks: Masks::Refuse };
                let version = ImportedVersion { id: None, value, stages: std::collections::BTreeSet::new() };
                Import::Secret(ImportedSecret {
                    name: name.parse().map_err(Error::from)?,
                    description: String::new(),
                    tags: std::collections::BTreeMap::new(),
                    versions: vec![version],
                    overwrite,
                })
            }
        })
    }
}

impl OriginView {
    fn of(parcel: &Parcel) -> Self {
        OriginView {
            vault: parcel.vault.to_string(),
            by: parcel.by.to_string(),
            fingerprint: HEXLOWER.encode(&sha256(&parcel.sign)[..16]),
            created_date: parcel.created.to_string(),
            expiration_date: parcel.expires.to_string(),
        }
    }
}

impl Report for ReceiveReport {
    fn text(&self, page: &mut Page) {
        self.plan.text(page);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parameter::ParameterType;
    use crate::model::value::SecretValue;

    fn items(names: &[&str]) -> Vec<ParcelItem> {
        let item = |name: &&str| ParcelItem {
            name: ParcelName::Parameter(name.parse().unwrap(), ParameterType::SecureString),
            value: SecretValue::from_text("x".into()),
        };
        names.iter().map(item).collect()
    }

    #[test]
    fn names_below_a_path_keep_what_tells_them_apart() {
        let into: ParameterPath = "/from".parse().unwrap();
        let at = |names: &[&str]| -> Vec<String> {
            let (items, parent) = (items(names), common_parent(&items(names)));
            items.iter().map(|item| placed(item.name.as_str(), &parent, Some(&into), &item.name)).collect()
        };
        assert_eq!(at(&["/shop/prod/a", "/shop/prod/b/c"]), ["/from/a", "/from/b/c"]);
        assert_eq!(at(&["/shop/prod/a"]), ["/from/a"]);
        assert_eq!(at(&["/a", "/b/c"]), ["/from/a", "/from/b/c"]);
        assert_eq!(at(&["x"]), ["/from/x"]);
    }

    #[test]
    fn one_value_is_printed_and_a_choice_is_not_guessed() {
        assert!(only(items(&["/a"]), None).is_ok());
        assert!(only(items(&["/a", "/b"]), None).is_err());
        assert_eq!(only(items(&["/a", "/b"]), Some("/b")).unwrap().name.as_str(), "/b");
        assert!(only(items(&["/a"]), Some("/c")).is_err());
    }
}
