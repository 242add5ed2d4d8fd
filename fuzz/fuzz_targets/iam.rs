//! F23: a policy and the text of a call, with a line feed between them. Nothing panics or hangs, and a statement that denies
//! everything denies it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::model::iam::{Context, Policy, Request, decide};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (policy, call) = text.split_once('\n').unwrap_or((text, "ssm:GetParameter"));
    let _ = Policy::resource(policy);
    let Ok(policy) = Policy::identity(policy) else { return };
    let Ok(none) = Policy::identity(r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#) else { return };
    let mut context = Context::default();
    context.set("aws:username", call);
    let request = Request { principal: call, action: call, resource: call, context: &context };
    let allowed = decide(&request, &[&policy], None).is_allowed();
    assert!(allowed || !decide(&request, &[], None).is_allowed());
    assert!(!decide(&request, &[&policy, &none], None).is_allowed());
});
