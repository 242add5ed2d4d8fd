//! From the name of a hook to a command that is ready to run.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::approval::{ApprovalError, Candidate};
use super::endpoints::Endpoints;
use super::function::Function;
use super::handover::Handover;
use super::image::Image;
use super::message;
use super::settings::Settings;
use super::strategy::{Invocation, RotationEvent};
use crate::engine::ConfirmedPlan;
use crate::machine::State;
use crate::model::hook::{HookCall, HookName, Strategy};
use crate::model::invoke_url::InvokeUrl;

/// Why a hook was not started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    /// It has no approval, or cannot be read.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// A text without `#!`, or something else that is not a program.
    #[error("the hook `{0}` is not a program: it has no `#!` line and is not in a binary format")]
    Format(
        /// The hook.
        String,
    ),
    /// A script whose lines end as on Windows.
    #[error(
        "the hook `{0}` has Windows line endings, so its interpreter is not found: convert it to line feeds, and approve it again"
    )]
    LineEndings(
        /// The hook.
        String,
    ),
    /// No Python was found for a rotation function.
    #[error("the hook `{0}` needs python3, which is not on the PATH of hooks; the option `python` names another one")]
    NoPython(
        /// The hook.
        String,
    ),
    /// A rotation function reads its secret from the vault, so it cannot be tried without one.
    #[error("the hook `{0}` is a rotation function: try it on a secret, with `vault rotate test NAME`")]
    NoSecret(
        /// The hook.
        String,
    ),
    /// A function that is served elsewhere, and nobody knows where.
    #[error(
        "the hook `{0}` does not say where its function is called: it should be one line with https://…, or http:// to a loopback address"
    )]
    NoAddress(
        /// The hook.
        String,
    ),
    /// The vault cannot be opened to a rotation function.
    #[error("the hook `{hook}` cannot reach the vault: {reason}")]
    NoEndpoint { hook: String, reason: String },
    /// The system's error.
    #[error("the hook `{hook}` cannot be started: {}", refusal(cause))]
    Start { hook: String, cause: std::io::Error },
}

/// How much longer than its step a call may wait.
const SPARE: Duration = Duration::from_secs(5);

/// The system reports the same error for a missing script and a missing interpreter; the script exists.
fn refusal(cause: &std::io::Error) -> String {
    match cause.kind() {
        std::io::ErrorKind::NotFound => "its interpreter was not found".into(),
        _ => cause.to_string(),
    }
}

/// A command, and what must live until it exits.
pub(super) struct Prepared {
    pub(super) command: Command,
    pub(super) message: Zeroizing<Vec<u8>>,
    pub(super) image: Option<Image>,
    _keys: Option<Arc<dyn Send + Sync>>,
}

/// What a hook is started with, besides the call.
pub(super) struct Stage<'a> {
    pub(super) state: &'a State,
    pub(super) settings: &'a Settings,
}

impl Stage<'_> {
    /// Reads the program of a plan once, checks that the user approved what is passed to it, and builds a command from
    /// exactly what was read. Every step of every rotation comes through here.
    pub(super) fn prepare(&self, plan: &ConfirmedPlan, call: &HookCall) -> Result<Prepared, ProgramError> {
        let handover = Handover::of(self.state, plan.clone())?;
        handover.require_approval(self.state)?;
        self.command(plan.hook(), call, handover.program, Some(plan))
    }

    /// The same for a trial, which contains nothing of the vault: an approved program.
    pub(super) fn prepare_trial(&self, hook: &HookName, call: &HookCall) -> Result<Prepared, ProgramError> {
        let program = Candidate::of(self.state.root(), hook)?;
        program.iter().try_for_each(|program| program.require_approval(self.state))?;
        self.command(hook, call, program, None)
    }

    fn command(
        &self,
        hook: &HookName,
        call: &HookCall,
        program: Option<Candidate>,
        plan: Option<&ConfirmedPlan>,
    ) -> Result<Prepared, ProgramError> {
        let content = program.map(|program| program.content).unwrap_or_default();
        let mut prepared = match hook {
            HookName::Builtin(strategy) => self.strategy(*strategy, call),
            HookName::Lambda(_) if hook.is_served() => self.served(hook, call, &content, plan)?,
            HookName::Lambda(_) => self.function(hook, call, &content, plan)?,
            HookName::File(_) | HookName::Program(_) => self.program(hook, call, &content)?,
        };
        self.surround(&mut prepared.command, call);
        Ok(prepared)
    }

    fn strategy(&self, strategy: Strategy, call: &HookCall) -> Prepared {
        let command = self.own_command(strategy.as_str(), call);
        Prepared { command, message: message::write_call(call), image: None, _keys: None }
    }

    /// This program as a strategy, or as what calls a function elsewhere.
    fn own_command(&self, strategy: &str, call: &HookCall) -> Command {
        let mut command = Command::new(&self.settings.strategies);
        command.arg0("vault").args(["hook-strategy", strategy, call.step.as_str()]);
        command
    }

    fn program(&self, hook: &HookName, call: &HookCall, content: &[u8]) -> Result<Prepared, ProgramError> {
        let (mut command, image) = self.runnable(hook, content)?;
        command.arg(call.step.as_str());
        Ok(Prepared { command, message: message::write_call(call), image: Some(image), _keys: None })
    }

    /// The command for an approved program of a rule, which gets an event on its standard input.
    pub(super) fn prepare_event(
        &self,
        hook: &HookName,
        content: &[u8],
        arguments: &[String],
        (message, variables): (Zeroizing<Vec<u8>>, &[(&str, String)]),
    ) -> Result<Prepared, ProgramError> {
        let (mut command, image) = self.runnable(hook, content)?;
        command.args(arguments).env_clear().envs(self.settings.surroundings.variables());
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.env("VLT_DIR", self.state.root()).current_dir("/");
        Ok(Prepared { command, message, image: Some(image), _keys: None })
    }

    /// A command that runs exactly these bytes.
    fn runnable(&self, hook: &HookName, content: &[u8]) -> Result<(Command, Image), ProgramError> {
        if !is_program(content) {
            return Err(ProgramError::Format(hook.to_string()));
        }
        if has_windows_lines(content) {
            return Err(ProgramError::LineEndings(hook.to_string()));
        }
        let image = self.image(hook, content)?;
        let mut command = Command::new(image.path());
        command.arg0(hook.to_string());
        Ok((command, image))
    }

    /// A rotation function asks the endpoint for values, so that none is sent to it here.
    fn function(
        &self,
        hook: &HookName,
        call: &HookCall,
        content: &[u8],
        plan: Option<&ConfirmedPlan>,
    ) -> Result<Prepared, ProgramError> {
        let name = || hook.to_string();
        let (endpoints, plan) = self.endpoints_for(hook, plan)?;
        let no_endpoint = |reason: String| ProgramError::NoEndpoint { hook: name(), reason };
        let arns = endpoints.arns(plan).map_err(no_endpoint)?;
        let function = Function::of(&call.options);
        let python = function.python.map(PathBuf::from).or_else(|| self.settings.surroundings.find("python3"));
        let python = python.ok_or_else(|| ProgramError::NoPython(name()))?;
        let access = endpoints.open(plan, self.settings.limits.time.as_secs()).map_err(no_endpoint)?;
        let image = self.image(hook, content)?;
        let mut command = Command::new(python);
        command.args(["-c", include_str!("lambda.py")]).arg(image.path()).arg(name()).arg(function.handler);
        command.args([call.step.as_str(), &arns.secret, &call.token, &arns.function]);
        command.arg(self.settings.limits.time.as_millis().to_string());
        command.envs(function.variables).envs(access.variables);
        Ok(Prepared { command, message: Zeroizing::default(), image: Some(image), _keys: Some(access.keys) })
    }

    /// The call of a function that is served elsewhere: it has keys of its own, and gets none here.
    fn served(
        &self,
        hook: &HookName,
        call: &HookCall,
        content: &[u8],
        plan: Option<&ConfirmedPlan>,
    ) -> Result<Prepared, ProgramError> {
        let name = || hook.to_string();
        let (endpoints, plan) = self.endpoints_for(hook, plan)?;
        let url = InvokeUrl::in_file(content).ok_or_else(|| ProgramError::NoAddress(name()))?;
        let arns = endpoints.arns(plan).map_err(|reason| ProgramError::NoEndpoint { hook: name(), reason })?;
        let invocation = Invocation {
            url: url.as_str().to_owned(),
            event: RotationEvent::new(call.step, arns.secret, &call.token),
            options: call.options.clone(),
            // The runner ends it before that.
            milliseconds: u64::try_from((self.settings.limits.time + SPARE).as_millis()).unwrap_or(u64::MAX),
        };
        let command = self.own_command("lambda", call);
        Ok(Prepared { command, message: invocation.message(), image: None, _keys: None })
    }

    /// Who names the secret of a function. There is one only in a plan.
    fn endpoints_for<'p>(
        &self,
        hook: &HookName,
        plan: Option<&'p ConfirmedPlan>,
    ) -> Result<(&dyn Endpoints, &'p ConfirmedPlan), ProgramError> {
        let name = || hook.to_string();
        let plan = plan.ok_or_else(|| ProgramError::NoSecret(name()))?;
        let nothing = || ProgramError::NoEndpoint { hook: name(), reason: "nothing serves it".to_owned() };
        Ok((self.settings.endpoints.as_deref().ok_or_else(nothing)?, plan))
    }

    fn image(&self, hook: &HookName, content: &[u8]) -> Result<Image, ProgramError> {
        Image::of(content, &self.state.dir().join("hooks"))
            .map_err(|cause| ProgramError::Start { hook: hook.to_string(), cause })
    }

    /// The working directory is not the one of the hooks: interpreters such as Python look for modules in it, and
    /// anybody may have written the files beside an approved one.
    fn surround(&self, command: &mut Command, call: &HookCall) {
        let own: Vec<(OsString, OsString)> =
            command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
        command.env_clear().envs(self.settings.surroundings.variables()).envs(own);
        command.env("VLT_HOOK_VERSION", message::VERSION.to_string());
        command.env("VLT_HOOK_STEP", call.step.as_str()).env("VLT_HOOK_SECRET", call.secret.as_str());
        command.env("VLT_HOOK_DIR", self.state.root().join("hooks")).current_dir("/");
    }
}

/// Whether the line that names the interpreter of a script ends with a carriage return, which the system takes for a part of the name.
fn has_windows_lines(content: &[u8]) -> bool {
    let first = content.split(|&byte| byte == b'\n').next().unwrap_or_default();
    first.starts_with(b"#!") && first.ends_with(b"\r")
}

/// Whether the system can run it directly: a script that names its interpreter, ELF or Mach-O. The C library would pass
/// anything else to a shell.
fn is_program(content: &[u8]) -> bool {
    const STARTS: [&[u8]; 6] =
        [b"#!", b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"];
    STARTS.iter().any(|start| content.starts_with(start))
}
