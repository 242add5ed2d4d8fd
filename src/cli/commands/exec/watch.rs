//! What a supervised program gets, at the start and whenever a value of its sources changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::ExecArgs;
use super::serving::Serving;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::crypto::framing::sha256;
use crate::engine::Vault;
use crate::inject::delivery::Delivery;
use crate::inject::environment::Injected;
use crate::inject::supervise::{Launch, Notice, Observer, OnChange};
use crate::inject::variable::Variable;
use crate::machine::private_directory::PrivateDirectory;
use crate::model::forms;
use crate::model::masker::Masker;
use crate::model::value::SecretValue;
use crate::store::Seen;
use crate::store::stamps::Stamps;

/// The values of the sources, and the vault they come from.
pub(crate) struct Gathered {
    pub(crate) delivery: Delivery,
    pub(crate) vault: Vault<'static>,
    sight: Option<Sight>,
}

impl Gathered {
    /// Opens the vault and reads every source.
    pub(crate) fn of(args: &ExecArgs, context: &mut Context) -> CliResult<Gathered> {
        let vault = context.open_vault()?;
        // Taken first, so that a change while values are read is noticed.
        let sight = args.supervision.watch.map(|_| Sight::of(&vault, args));
        let sources = sources(args, &vault, context)?;
        let delivery = Delivery::sort(sources, &args.supervision.ways())?;
        let vault = vault.finish(context);
        Ok(Gathered { delivery, vault, sight })
    }
}

/// Supervises a program on the user's behalf.
pub(crate) struct Watch<'a> {
    args: &'a ExecArgs,
    context: &'a mut Context,
    directory: Option<PrivateDirectory>,
    /// What the vault is served to the program at.
    serving: Option<Serving>,
    watched: Option<Watched>,
}

/// What is kept to detect changes: the open vault with the identity, and hashes of its values.
struct Watched {
    vault: Vault<'static>,
    on_change: OnChange,
    sight: Sight,
    /// Two changes within one tick of the file system's clock look like one, so each is checked twice.
    is_unsettled: bool,
    digests: BTreeMap<Variable, [u8; 32]>,
    /// Every value that the program ever had: its output may still contain the previous one.
    known: Vec<SecretValue>,
    /// Why values could not be read, so that it is reported once.
    trouble: Option<String>,
}

impl<'a> Watch<'a> {
    /// Prepares the first run. Unless values are watched, the vault and the identity are erased here.
    pub(crate) fn begin(
        args: &'a ExecArgs,
        gathered: Gathered,
        (directory, serving): (Option<PrivateDirectory>, Option<Serving>),
        context: &'a mut Context,
    ) -> CliResult<(Watch<'a>, Launch)> {
        let Gathered { delivery, vault, sight } = gathered;
        let watched = args.supervision.watch.zip(sight).map(|(on_change, sight)| Watched {
            vault,
            on_change,
            sight,
            is_unsettled: true,
            digests: digests(&delivery),
            known: Vec::new(),
            trouble: None,
        });
        context.forget_secrets();
        if let Some(hardening) = context.hardening.take() {
            hardening.undo();
        }
        let mut watch = Watch { args, context, directory, serving, watched };
        let launch = watch.launch(delivery)?;
        Ok((watch, launch))
    }

    fn launch(&mut self, delivery: Delivery) -> CliResult<Launch> {
        let is_masked = self.args.supervision.masked().any();
        let values = delivery.all().map(|given| &given.value);
        let values = values.filter(|value| is_masked && !forms::is_too_common(value));
        let masker = match &mut self.watched {
            None => Masker::new(values),
            Some(watched) => {
                watched.known.extend(values.map(copy));
                Masker::new(&watched.known)
            }
        };
        let masker = Arc::new(
            masker.map_err(|error| CliError::usage(error.to_string(), "use fewer sources, or add `--no-mask`"))?,
        );
        let (environment, input) =
            delivery.deliver(env::inherited_environment(), self.directory.as_ref(), &self.args.options())?;
        let environment = match &self.serving {
            Some(serving) => serving.add_to(environment),
            None => environment,
        };
        Ok(Launch { environment, input, masker })
    }

    fn changed(&mut self) -> CliResult<Option<Launch>> {
        let Some(watched) = &mut self.watched else { return Ok(None) };
        self.context.move_time_on();
        watched.vault.refresh()?;
        let sources = sources(self.args, &watched.vault, self.context)?;
        let delivery = Delivery::sort(sources, &self.args.supervision.ways())?;
        self.context.conclude(&watched.vault);
        let now = digests(&delivery);
        let names = differing(&watched.digests, &now);
        if names.is_empty() {
            return Ok(None);
        }
        let on_change = watched.on_change;
        let launch = self.launch(delivery)?;
        if let Some(watched) = &mut self.watched {
            watched.digests = now;
        }
        let command = self.args.command[0].to_string_lossy().into_owned();
        let consequence = match on_change {
            OnChange::Restart => format!("restarting `{command}`"),
            OnChange::Signal(signal) => format!("sending {} to `{command}`", super::args::name(signal)),
        };
        self.context.ui.note(format!("changed: {}; {consequence}", names.join(", ")));
        Ok(Some(launch))
    }
}

impl Observer for Watch<'_> {
    fn tell(&mut self, notice: Notice) {
        let command = self.args.command[0].to_string_lossy().into_owned();
        let ui = &mut self.context.ui;
        match notice {
            Notice::TimedOut => ui.warning(format!("`{command}` timed out and was asked to exit")),
            Notice::Killed => ui.warning(format!("`{command}` did not exit when asked to, and was killed")),
            Notice::HeldOpen => ui.warning(format!(
                "`{command}` has exited, but a process that it started still holds its output open; the rest is discarded"
            )),
            Notice::OutputFailed(cause) => ui.warning(format!("the output of `{command}` cannot be written: {cause}")),
        }
    }

    fn watches(&self) -> bool {
        self.watched.is_some()
    }

    fn look(&mut self) -> Option<Launch> {
        let watched = self.watched.as_mut()?;
        if !watched.is_unsettled && watched.sight.is_current(&watched.vault) {
            return None;
        }
        let sight = Sight::of(&watched.vault, self.args);
        watched.is_unsettled = sight != watched.sight;
        watched.sight = sight;
        let changed = self.changed();
        let trouble = changed.as_ref().err().map(CliError::with_details);
        let watched = self.watched.as_mut()?;
        if let Some(reason) = trouble.as_ref().filter(|_| watched.trouble != trouble) {
            self.context.ui.warning(format!(
                "values cannot be read right now, and the program continues with its current ones: {reason}"
            ));
        }
        watched.trouble = trouble;
        changed.ok().flatten()
    }
}

/// The values that go to the program: with `--serve`, it asks for the others.
fn sources(args: &ExecArgs, vault: &Vault<'_>, context: &Context) -> CliResult<Vec<Vec<Injected>>> {
    match args.supervision.serve {
        Some(_) => args.sources.gather_explicit(vault, context),
        None => args.sources.gather(vault, context),
    }
}

/// What was seen at some moment of what values come from.
#[derive(PartialEq)]
struct Sight {
    vault: Seen,
    /// The files of the user's that are read beside the vault.
    files: Stamps,
}

impl Sight {
    fn of(vault: &Vault<'_>, args: &ExecArgs) -> Sight {
        Sight { vault: vault.files_seen(), files: Stamps::of(&args.sources.files()) }
    }

    fn is_current(&self, vault: &Vault<'_>) -> bool {
        !vault.have_files_changed(&self.vault) && self.files.are_current()
    }
}

/// Enough to detect that a value changed, without keeping it.
fn digests(delivery: &Delivery) -> BTreeMap<Variable, [u8; 32]> {
    delivery.all().map(|given| (given.variable.clone(), sha256(given.value.reveal()))).collect()
}

/// The names that are in one only, or have another value.
fn differing(before: &BTreeMap<Variable, [u8; 32]>, now: &BTreeMap<Variable, [u8; 32]>) -> Vec<String> {
    let mut names: Vec<&Variable> = before.keys().chain(now.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter(|name| before.get(name) != now.get(name)).map(ToString::to_string).collect()
}

fn copy(value: &SecretValue) -> SecretValue {
    SecretValue::new(Zeroizing::new(value.reveal().to_vec()))
}
