//! Operations without a network: for fuzz targets, which must reach them without a signature.

use super::call::{Call, Operation, Pace, Request, Run, current};
use super::fault::Fault;
use super::identify::identify_holder;
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
        let named = |service: &str, names: &[(&str, Run)]| -> Vec<String> {
            names.iter().map(|(name, _)| format!("{service}.{name}")).collect()
        };
        [named("AmazonSSM", ssm::OPERATIONS), named("secretsmanager", secretsmanager::OPERATIONS)].concat()
    }

    /// The status and the body of the answer to a request.
    pub fn call(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let service = Service::ParameterStore;
        let Some(operation) = dispatch::find(target) else {
            let unknown = Fault::silent(service, "UnknownOperationException");
            return (unknown.status, unknown.body());
        };
        let recorded = Recorded::default();
        for pace in [Pace::Quick, Pace::Full] {
            match self.answer(operation, body, pace, &recorded).map_err(|unanswered| unanswered.told(operation.service))
            {
                Ok(body) => return (200, body.to_vec()),
                Err(Ok(fault)) => return (fault.status, fault.body()),
                Err(Err(_)) => {}
            }
        }
        (500, Vec::new())
    }

    fn answer(&self, operation: Operation, body: &[u8], pace: Pace, recorded: &Recorded) -> Answer {
        let service = operation.service;
        let body = &serde_json::from_slice(body).map_err(|_| Fault::silent(service, "SerializationException"))?;
        let current = current(&self.served, pace)?;
        let held = self.served.sessions.find(&self.access_key).ok_or(Error::Moved)?;
        let caller = &identify_holder(&self.served, &current, &self.access_key, held, pace)?;
        let request = Request { operation, body, caller, region: "us-east-1", pace, recorded };
        Call::new(&self.served, current, request).answer()
    }
}
