//! `vault rotate hooks check`: the four steps with a temporary secret.

use std::collections::BTreeMap;

use clap::Args;
use rand::rngs::OsRng;
use serde::Serialize;

use crate::cli::commands::rotate::limits::StepLimit;
use crate::cli::commands::rotate::options::require_declared;
use crate::cli::commands::rotate::runner::with_hooks;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::{Error, trial_call};
use crate::hook::{Candidate, Runner};
use crate::model::hook::{FailureKind, HookFailure, HookName, HookValue, Produced, Step};
use crate::model::id::Uid;
use crate::model::name::{NameError, SecretName};
use crate::model::password::PasswordRules;
use crate::model::secret::{VersionId, check_value};
use crate::model::value::SecretValue;

/// Run the four steps of a hook with a temporary secret
#[derive(Debug, Args)]
#[command(
    long_about = "Run the four steps of a hook with a temporary secret, `set` and `test` twice, as after a crash. \
        Nothing of the vault is passed to the hook or changed. The current value of the temporary secret is random, \
        or {\"username\": \"check\", \"password\": …} with --json-value.",
    after_help = "Examples:\n  \
        vault rotate hooks check rotate.sh\n  \
        vault rotate hooks check rotate.sh --option url=https://test.example"
)]
pub(crate) struct CheckArgs {
    /// The hook; it must be approved
    hook: HookName,
    /// Option for the hook; may be repeated
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = crate::model::hook::option)]
    options: Vec<(String, String)>,
    /// Use a JSON object as the current value
    #[arg(long)]
    json_value: bool,
    #[command(flatten)]
    limit: StepLimit,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CheckReport {
    hook: String,
    steps: Vec<&'static str>,
}

pub(super) fn run(args: &CheckArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let options = args.options.iter().cloned().collect();
    let candidate = Candidate::of(vault.path(), &args.hook)?;
    if let Some(candidate) = &candidate {
        candidate.require_approval(vault.state())?;
    }
    require_declared(candidate.as_ref(), &options)?;
    let secret: SecretName = "check/throw-away".parse().map_err(|error: NameError| Error::from(error))?;
    let trial = Trial { hook: &args.hook, secret, options, json: args.json_value };
    let steps = with_hooks(args.limit.duration(), &vault, context, |hooks, _| trial.run(hooks))?;
    vault.finish(context);
    Ok(context.ui.report(&CheckReport { hook: args.hook.to_string(), steps: steps? })?)
}

struct Trial<'a> {
    hook: &'a HookName,
    secret: SecretName,
    options: BTreeMap<String, String>,
    json: bool,
}

impl Trial<'_> {
    /// Create once, set and test twice, finish.
    fn run(&self, hooks: &Runner<'_>) -> CliResult<Vec<&'static str>> {
        let refused = |reason: String| self.failed(Step::Create, HookFailure { reason, kind: FailureKind::Failed });
        let current = self.current();
        let produced = self.step(hooks, Step::Create, &current, None)?;
        let produced = produced.ok_or_else(|| refused("the hook returned no new value".into()))?;
        check_value(&produced.value, produced.binary).map_err(|error| refused(format!("the new value: {error}")))?;
        let mut done = vec!["create"];
        for step in [Step::Set, Step::Test, Step::Set, Step::Test, Step::Finish] {
            self.step(hooks, step, &current, Some(&produced))?;
            done.push(step.as_str());
        }
        Ok(done)
    }

    fn step(
        &self,
        hooks: &Runner<'_>,
        step: Step,
        current: &Produced,
        pending: Option<&Produced>,
    ) -> CliResult<Option<Produced>> {
        let pending = pending.map(|pending| value(pending, 2));
        let call = trial_call(&self.secret, step, value(current, 1), pending, &self.options);
        hooks.try_out(self.hook, &call).map_err(|failure| self.failed(step, failure))
    }

    fn failed(&self, step: Step, failure: HookFailure) -> CliError {
        Error::TriedHook { name: self.secret.to_string(), step, failure }.into()
    }

    fn current(&self) -> Produced {
        let password = PasswordRules::default().spec().map(|spec| spec.generate(&mut OsRng));
        let password = password.unwrap_or_else(|_| SecretValue::from_text("throw-away".into()));
        if !self.json {
            return Produced { binary: false, value: password };
        }
        let text = serde_json::json!({"username": "check", "password": password.reveal_text()}).to_string();
        Produced { binary: false, value: SecretValue::from_text(text) }
    }
}

/// A copy with its own version.
fn value(produced: &Produced, number: u8) -> HookValue {
    HookValue {
        version_id: VersionId::of(Uid([number; 16])).to_string(),
        binary: produced.binary,
        value: SecretValue::new(zeroize::Zeroizing::new(produced.value.reveal().to_vec())),
    }
}

impl Report for CheckReport {
    fn text(&self, page: &mut Page) {
        page.line(format!("{} did {}", page.paint(Meaning::Name, &self.hook), self.steps.join(", ")));
    }
}
