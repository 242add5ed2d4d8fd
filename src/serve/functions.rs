//! Rotation functions written for AWS, as this process runs them: each step with keys of its own, at a private endpoint.

use std::sync::{Arc, Mutex};

use super::grant;
use super::locked::locked;
use super::private::PrivateEndpoint;
use super::served::Served;
use crate::engine::{ConfirmedPlan, Error};
use crate::hook::{Access, Arns, Endpoints};
use crate::model::arn::Suffix;
use crate::model::hook::HookValue;
use crate::model::secret::Stage;

/// How long keys are valid beyond the time of a step, in seconds: the clock of the function may be behind.
const SPARE: u64 = 60;

/// Opens the vault to rotation functions, at an endpoint that is started for the first of them.
pub(crate) struct FunctionEndpoints {
    served: Arc<Served>,
    endpoint: Mutex<Option<PrivateEndpoint>>,
}

/// The keys of one step, which end with it: what a function leaves running has none.
struct StepKeys {
    served: Arc<Served>,
    access_key: String,
}

impl Drop for StepKeys {
    fn drop(&mut self) {
        self.served.sessions.end(&self.access_key);
    }
}

impl FunctionEndpoints {
    pub(crate) fn new(served: Arc<Served>) -> Self {
        FunctionEndpoints { served, endpoint: Mutex::default() }
    }

    /// The ARNs of the secret and of its administrator's.
    fn secrets(&self, plan: &ConfirmedPlan) -> Result<(String, Option<String>), Error> {
        let current = self.served.current()?;
        let account = self.served.account(&current, &current.vault.account().region);
        let admin = plan.admin().map(|name| current.vault.live_secret(name)).transpose()?;
        let admin = admin.map(|admin| account.secret(&admin.name, Suffix::of(admin.id)));
        Ok((account.secret(plan.secret(), Suffix::of(plan.plan().id)), admin))
    }
}

impl Endpoints for FunctionEndpoints {
    fn arns(&self, plan: &ConfirmedPlan) -> Result<Arns, String> {
        let (secret, _) = self.secrets(plan).map_err(|error| error.to_string())?;
        let function = plan.terms().function_arn().map_or_else(|| plan.hook().to_string(), str::to_owned);
        Ok(Arns { secret, function })
    }

    fn open(&self, plan: &ConfirmedPlan, seconds: u64) -> Result<Access, String> {
        let (secret, admin) = self.secrets(plan).map_err(|error| error.to_string())?;
        let mut endpoint = locked(&self.endpoint);
        let endpoint = match &mut *endpoint {
            Some(endpoint) => endpoint,
            none => none.insert(PrivateEndpoint::start(Arc::clone(&self.served)).map_err(|error| error.to_string())?),
        };
        let policy = grant::of_function(&secret, admin.as_deref());
        let seconds = i64::try_from(seconds + SPARE).unwrap_or(i64::MAX);
        let name = format!("rotation:{}", plan.secret());
        let session = self.served.sessions.issue(&policy, &name, seconds).map_err(|error| error.to_string())?;
        let variables = endpoint.variables(&session);
        let keys = StepKeys { served: Arc::clone(&self.served), access_key: session.access_key };
        Ok(Access { variables, keys: Arc::new(keys) })
    }

    fn pending(&self, plan: &ConfirmedPlan) -> Option<HookValue> {
        let current = self.served.current().ok()?;
        let vault = &current.vault;
        let secret = vault.live_secret(plan.secret()).ok()?;
        vault.staged_value(&secret, &Stage::pending()).ok()?
    }
}
