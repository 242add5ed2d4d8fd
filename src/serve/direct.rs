//! Operations without a network: for fuzz targets, which must reach them without a signature.

use std::sync::Arc;

use super::call::{Call, Pace};
use super::fault::Fault;
use super::identify::{Denied, identify_holder};
use super::served::Served;
use super::tally::Recorded;
use super::{answer::Answer, dispatch, secretsmanager, ssm};
use crate::aws::error::Service;
use crate::engine::{Error, Purpose, Vault};
use crate::model::time::Timestamp;

/// A vault that is served to one caller, who may do everything.
pub struct Direct {
    served: Served,
    access_key: String,
}

impl Direct {
    /// Serves a vault that is open, and has an identity.
    pub fn new(vault: Vault<'static>, clock: fn() -> Timestamp) -> Result<Self, Error> {
        let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let served = Served::new(vault, Box::new(|| Err(Error::Moved)), clock, Purpose::default(), None)?;
        let session = served.sessions.issue(everything, "direct", 3600).map_err(|_| Error::Moved)?;
        Ok(Direct { served, access_key: session.access_key })
    }

    /// The operations, as `X-Amz-Target` names them.
    pub fn operations() -> Vec<String> {
        let named = |service: &str, names: &[(&str, dispatch::Run)]| -> Vec<String> {
            names.iter().map(|(name, _)| format!("{service}.{name}")).collect()
        };
        [named("AmazonSSM", ssm::OPERATIONS), named("secretsmanager", secretsmanager::OPERATIONS)].concat()
    }

    /// The status and the body of the answer to a request.
    pub fn call(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let recorded = Recorded::default();
        let answer = match self.answer(target, body, (Pace::Quick, &recorded)) {
            Err(fault) if fault.is_slow => self.answer(target, body, (Pace::Full, &recorded)),
            answer => answer,
        };
        answer.map_or_else(|fault| (fault.status, fault.body()), |body| (200, body.to_vec()))
    }

    fn answer(&self, target: &str, body: &[u8], (pace, recorded): (Pace, &Recorded)) -> Answer {
        let unknown = || Fault::silent(Service::ParameterStore, "UnknownOperationException");
        let (operation, run) = dispatch::find(target).ok_or_else(unknown)?;
        let service = operation.service;
        let body = serde_json::from_slice(body).map_err(|_| Fault::silent(service, "SerializationException"))?;
        let current = self.served.current().map_err(|error| Fault::of(&error, service))?;
        let held = self.served.sessions.find(&self.access_key).ok_or_else(unknown)?;
        let caller = identify_holder(&self.served, &current, (&self.access_key, held), pace);
        let caller = caller.map_err(|denied| match denied {
            Denied::Slow => Fault::slow(),
            Denied::Refused(refusal) => Fault::new(service, refusal.code, refusal.text),
            Denied::Failed(error) => Fault::of(&error, service),
        })?;
        let call =
            Call::new((&self.served, Arc::clone(&current)), operation, &body, (&caller, "us-east-1"), (pace, recorded));
        let answer = run(&call);
        call.finish();
        answer
    }
}
