//! `PutParameter` (parameter-store §5).

use std::collections::BTreeMap;

use super::{faults, keys, lookup, tags};
use crate::aws::put_parameter::PutParameter;
use crate::engine::Put;
use crate::model::name::{NameError, ParameterName};
use crate::model::parameter::{Overwrite, Policy, PutRequest, Unsealing};
use crate::model::trust::Kind;
use crate::model::value::SecretValue;
use crate::serve::answer::{Answer, answer};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::members::Members;

/// The members of the request that have a form.
struct Written<'b> {
    name: &'b str,
    value: &'b str,
    kind: Option<&'b str>,
    tier: Option<&'b str>,
    data_type: Option<&'b str>,
    description: Option<&'b str>,
    allowed_pattern: Option<&'b str>,
    policies: Option<&'b str>,
    key: Option<&'b str>,
    overwrites: bool,
    tags: BTreeMap<String, String>,
}

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let written = Written::of(&members);
    members.check()?;
    if written.value.is_empty() {
        return Err(faults::empty());
    }
    let name = name(call, written.name)?;
    let flag = |is: bool| if is { "true" } else { "false" };
    lookup::allowed(call, &name, |ask, _, name| {
        let ask = ask.writes(Kind::Parameter, name).with("ssm:Overwrite", flag(written.overwrites));
        tags::asked(ask.with("ssm:Policies", flag(written.policies.is_some())), &written.tags)
    })?;
    if !written.tags.is_empty() {
        let asked = Ask::new("ssm:AddTagsToResource", call.account().parameter(&name));
        call.allow(&tags::asked(asked.writes(Kind::Parameter, name.as_str()), &written.tags))?;
    }
    let put = Put { value: SecretValue::from_text(written.value.to_owned()), request: written.request()?, name };
    let done = call.vault()?.put_parameter(&put, call.now).map_err(|error| faults::of(&error, put.name.as_str()))?;
    answer(&PutParameter::from(&done))
}

/// A name that a parameter can have.
fn name(call: &Call<'_>, text: &str) -> Result<ParameterName, Fault> {
    let name: ParameterName = text.parse().map_err(|error| match error {
        NameError::Reserved => faults::reserved(text),
        error => faults::name(&error),
    })?;
    faults::check_length(&call.account().parameter(&name))?;
    Ok(name)
}

impl<'b> Written<'b> {
    fn of(members: &Members<'b>) -> Self {
        let pattern = "^([a-zA-Z0-9:/_-]+)$";
        let is_key =
            |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'/' | b'_' | b'-'));
        Written {
            name: members.text("Name").required().length(1..=2048).or_empty(),
            value: members.secret("Value").required().or_empty(),
            kind: members.text("Type").one_of(&["SecureString", "StringList", "String"]).value(),
            tier: members.text("Tier").one_of(&["Standard", "Advanced", "Intelligent-Tiering"]).value(),
            data_type: members.text("DataType").length(0..=128).value(),
            description: members.text("Description").length(0..=1024).value(),
            allowed_pattern: members.text("AllowedPattern").length(0..=1024).value(),
            policies: members.text("Policies").length(0..=4096).value(),
            key: members.text("KeyId").length(1..=256).pattern(pattern, is_key).value(),
            overwrites: members.flag("Overwrite").unwrap_or_default(),
            tags: tags::read(members),
        }
    }

    fn request(&self) -> Result<PutRequest, Fault> {
        let unsupported = |name: &str| {
            let text = "The following data type is not supported";
            faults::validation(format!("{text}: {name} (Data type names are all lowercase.)"))
        };
        let data_type = self.data_type.filter(|name| !name.is_empty());
        Ok(PutRequest {
            // Checked before, as members of enumerations.
            kind: self.kind.and_then(|kind| kind.parse().ok()),
            tier: self.tier.and_then(|tier| tier.parse().ok()),
            data_type: data_type.map(|name| name.parse().map_err(|_| unsupported(name))).transpose()?,
            description: self.description.map(str::to_owned),
            allowed_pattern: self.allowed_pattern.map(str::to_owned),
            policies: self.policies.map(Policy::parse_array).transpose().map_err(|error| faults::policies(&error))?,
            key: self.key.map(keys::requested).transpose()?.flatten(),
            tags: self.tags.clone(),
            overwrite: if self.overwrites { Overwrite::Replace } else { Overwrite::Refuse },
            // As on AWS: the client states the type.
            unsealing: Unsealing::Allow,
            ..PutRequest::default()
        })
    }
}
