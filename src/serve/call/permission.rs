//! Whether a caller may do what a call asks for.

use std::collections::BTreeSet;

use super::Call;
use crate::engine::Deed;
use crate::model::iam::{Policy, Request};
use crate::serve::ask::Ask;
use crate::serve::fault::Fault;
use crate::serve::unanswered::Unanswered;

impl Call<'_> {
    /// Refuses what the caller may not do: by its policies, by the policy of the resource, or by the rights of the member behind it.
    pub(crate) fn allow(&self, ask: &Ask<'_>) -> Result<(), Unanswered> {
        // Nothing but the policy of a resource limits the server's own member; the vault knows its rights.
        if ask.policy.is_none() && !self.request.caller.is_limited() {
            return Ok(());
        }
        let Err(message) = self.permitted(ask) else { return Ok(()) };
        let (deed, kind, name) = match ask.deed {
            Some((deed, kind, name)) => (deed, Some(kind), name),
            None => (Deed::Open, None, ask.resource.as_str()),
        };
        // The record of a refusal waits for the disk.
        self.vault()?.report_denied(deed, kind, name, &message)?;
        Err(Fault::new(self.service(), "AccessDeniedException", message).into())
    }

    fn permitted(&self, ask: &Ask<'_>) -> Result<(), String> {
        let caller = self.request.caller;
        let mut context = caller.context(&self.account());
        context.set("aws:RequestedRegion", self.request.region);
        context.set("aws:CurrentTime", self.now.to_string());
        context.set("aws:EpochTime", self.now.unix().to_string());
        context.set("aws:UserAgent", caller.agent.as_str());
        let keys: BTreeSet<_> = ask.context.iter().map(|(key, _)| key.as_str()).collect();
        for key in keys {
            let values = ask.context.iter().filter(|(found, _)| found == key).map(|(_, value)| value.as_str());
            context.set_many(key, values);
        }
        let request =
            Request { principal: &caller.arn, action: ask.action, resource: &ask.resource, context: &context };
        let shown = Request { resource: ask.shown.as_deref().unwrap_or(&ask.resource), ..request };
        let resource = of_resource(ask).map_err(|why| refusal(&shown, &why))?;
        caller.decide(&request, resource.as_ref()).map_err(|denial| denial.message(&shown))?;
        let may = match ask.deed {
            None => true,
            Some((Deed::Open, kind, name)) => self.vault.member_may_read(&caller.member, kind, name).unwrap_or(false),
            Some((Deed::Change, kind, name)) => self.vault.member_may_write(&caller.member, kind, name),
        };
        let limit = || format!("because no permissions boundary allows the {} action", ask.action);
        may.then_some(()).ok_or_else(|| refusal(&shown, &limit()))
    }
}

/// The policy of the resource. One that cannot be read, which only an older program has stored, may deny anything.
fn of_resource(ask: &Ask<'_>) -> Result<Option<Policy>, String> {
    let policy = ask.policy.as_deref().map(Policy::resource).transpose();
    policy.map_err(|fault| format!("because its resource-based policy is not valid: {fault}"))
}

fn refusal(request: &Request<'_>, why: &str) -> String {
    let Request { principal, action, resource, .. } = request;
    format!("User: {principal} is not authorized to perform: {action} on resource: {resource} {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_cannot_be_read_lets_nobody_in() {
        let ask = |policy: Option<&str>| {
            let ask = Ask::new("secretsmanager:GetSecretValue", "*");
            of_resource(&ask.under(policy.map(str::to_owned))).map(|policy| policy.is_some())
        };
        let denial =
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;
        assert_eq!((ask(None), ask(Some(denial))), (Ok(false), Ok(true)));
        let unknown = denial.replace(r#""Effect""#, r#""Condition":{"LooksLike":{"aws:SourceIp":"10"}},"Effect""#);
        assert!(ask(Some(unknown.as_str())).unwrap_err().contains("is not valid"));
    }
}
