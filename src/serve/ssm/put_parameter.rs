//! `PutParameter` (parameter-store §5).

use std::collections::BTreeMap;

use super::{faults, keys, lookup, service_settings, tags};
use crate::aws::put_parameter::PutParameter;
use crate::engine::{Error, Put, VaultKeyError};
use crate::model::name::ParameterName;
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
    let name = name(call, written.name)?;
    let found = lookup::allowed(call, &name, |ask, _, name| {
        let ask = ask.writes(Kind::Parameter, name).with("ssm:Overwrite", written.overwrites.to_string());
        tags::asked(ask.with("ssm:Policies", written.policies.is_some().to_string()), &written.tags)
    })?;
    if !written.tags.is_empty() {
        let asked = Ask::new("ssm:AddTagsToResource", call.account().parameter(&name));
        call.allow(&tags::asked(asked.writes(Kind::Parameter, name.as_str()), &written.tags))?;
    }
    let put = Put {
        value: SecretValue::from_text(written.value.to_owned()),
        request: written.request(call, found.is_none())?,
        name,
    };
    let done = call.vault()?.put_parameter(&put, call.now);
    answer(&PutParameter::from(&done.map_err(|error| written.refused(call, &error, &put.name))?))
}

/// The value, of a length that any tier could have.
fn value<'b>(members: &Members<'b>) -> &'b str {
    let value = members.secret("Value").required().value();
    match value.map_or(1, |value| value.chars().count()) {
        0 => members.violate_unseen("Value", "have length greater than or equal to 1"),
        1..=32_768 => {}
        _ => members.violate_unseen("Value", "have length less than or equal to 32768"),
    }
    value.unwrap_or_default()
}

/// A name that a parameter can have.
fn name(call: &Call<'_>, text: &str) -> Result<ParameterName, Fault> {
    let name: ParameterName = text.parse().map_err(|error| faults::new_name(text, &error))?;
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
            value: value(members),
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

    /// What an error of the engine is for the client. The service repeats how the request names a key that there is not.
    fn refused(&self, call: &Call<'_>, error: &Error, name: &ParameterName) -> Fault {
        match (error, self.key) {
            (Error::Key(VaultKeyError::NotFound(_)), Some(key)) => keys::unknown(call, key),
            _ => faults::of(error, name.as_str()),
        }
    }

    fn request(&self, call: &Call<'_>, is_new: bool) -> Result<PutRequest, Fault> {
        let unsupported = |name: &str| {
            let text = "The following data type is not supported";
            faults::validation(format!("{text}: {name} (Data type names are all lowercase.)"))
        };
        let data_type = self.data_type.filter(|name| !name.is_empty());
        Ok(PutRequest {
            // Checked before, as members of enumerations.
            kind: self.kind.and_then(|kind| kind.parse().ok()),
            tier: match self.tier {
                None if is_new => service_settings::default_tier(call),
                tier => tier.and_then(|tier| tier.parse().ok()),
            },
            data_type: data_type.map(|name| name.parse().map_err(|_| unsupported(name))).transpose()?,
            description: self.description.map(str::to_owned),
            allowed_pattern: self.allowed_pattern.map(str::to_owned),
            policies: self.policies.map(Policy::parse_array).transpose().map_err(|error| faults::policies(&error))?,
            key: self.key.map(|key| keys::requested(key).map_err(|_| keys::unknown(call, key))).transpose()?.flatten(),
            tags: self.tags.clone(),
            overwrite: if self.overwrites { Overwrite::Replace } else { Overwrite::Refuse },
            // As on AWS: the client states the type.
            unsealing: Unsealing::Allow,
            ..PutRequest::default()
        })
    }
}
