//! A rotation as the engine would drive it, with the labels of one secret.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vault::hook::strategy::{StrategyError, run};
use vault::model::hook::{HookCall, HookValue, Step, Strategy};
use vault::model::value::SecretValue;

pub(crate) struct Rotation {
    pub(crate) strategy: Strategy,
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) current: Value,
    pub(crate) pending: Option<Value>,
    pub(crate) previous: Option<Value>,
    pub(crate) aborted: Vec<Value>,
    pub(crate) admin: Option<Value>,
}

impl Rotation {
    pub(crate) fn option(mut self, name: &str, value: &str) -> Self {
        self.options.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Runs one step; `create` keeps the value as the pending one. No error may hold a password.
    pub(crate) fn step(&mut self, step: Step) -> Result<(), StrategyError> {
        let result = run(self.strategy, &self.call(step));
        if let Err(error) = &result {
            let told = format!("{error} {error:?}");
            let values = [Some(&self.current), self.pending.as_ref(), self.previous.as_ref(), self.admin.as_ref()];
            for value in values.into_iter().flatten().chain(&self.aborted) {
                let password = value["password"].as_str().unwrap();
                assert!(!told.contains(password), "an error tells a password");
            }
            assert_eq!(error.to_string().lines().count(), 1);
        }
        let produced = result?;
        assert_eq!(produced.is_some(), step == Step::Create);
        if let Some(produced) = produced {
            self.pending = Some(serde_json::from_slice(produced.value.reveal()).unwrap());
        }
        Ok(())
    }

    /// Each step, and each step again, as after a process that was killed before it could say that it was done.
    pub(crate) fn rotate(&mut self) {
        self.step(Step::Create).unwrap();
        for step in [Step::Set, Step::Set, Step::Test, Step::Test, Step::Finish, Step::Finish] {
            self.step(step).unwrap_or_else(|error| panic!("{step}: {error}"));
        }
        self.previous = Some(std::mem::replace(&mut self.current, self.pending.take().unwrap()));
    }

    pub(crate) fn told(&mut self, step: Step) -> String {
        self.step(step).unwrap_err().to_string()
    }

    fn call(&self, step: Step) -> HookCall {
        HookCall {
            step,
            secret: "app/db".parse().unwrap(),
            token: "token".into(),
            attempt: 1,
            current: Some(value(&self.current)),
            pending: self.pending.as_ref().filter(|_| step != Step::Create).map(value),
            previous: self.previous.as_ref().map(value),
            aborted: self.aborted.iter().map(value).collect(),
            admin: self.admin.as_ref().map(value),
            options: self.options.clone(),
        }
    }
}

fn value(value: &Value) -> HookValue {
    HookValue { version_id: "v".into(), binary: false, value: SecretValue::from_text(value.to_string()) }
}

/// The same login with another password.
pub(crate) fn with_password(login: &Value, password: &str) -> Value {
    let mut login = login.clone();
    login["password"] = json!(password);
    login
}
