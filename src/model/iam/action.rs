//! The operations that the server offers, and which right in the vault each needs.

use std::str::FromStr;

use crate::model::written::shown_as_text;

/// What a member must have in the vault for an operation, besides a policy that allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Nothing: names and what is said about them are no secret.
    None,
    /// To read the key that governs the name.
    Read,
    /// To write the name.
    Write,
}

/// Each action, as policies name it.
const ACTIONS: [(&str, Right); 46] = [
    ("ssm:GetParameter", Right::Read),
    ("ssm:GetParameters", Right::Read),
    ("ssm:GetParametersByPath", Right::Read),
    ("ssm:GetParameterHistory", Right::Read),
    ("ssm:DescribeParameters", Right::None),
    ("ssm:PutParameter", Right::Write),
    ("ssm:DeleteParameter", Right::Write),
    ("ssm:DeleteParameters", Right::Write),
    ("ssm:LabelParameterVersion", Right::Write),
    ("ssm:UnlabelParameterVersion", Right::Write),
    ("ssm:AddTagsToResource", Right::Write),
    ("ssm:RemoveTagsFromResource", Right::Write),
    ("ssm:ListTagsForResource", Right::None),
    ("ssm:GetServiceSetting", Right::None),
    ("ssm:UpdateServiceSetting", Right::None),
    ("ssm:ResetServiceSetting", Right::None),
    ("ssm:GetResourcePolicies", Right::None),
    ("ssm:PutResourcePolicy", Right::None),
    ("ssm:DeleteResourcePolicy", Right::None),
    ("secretsmanager:GetSecretValue", Right::Read),
    ("secretsmanager:BatchGetSecretValue", Right::None),
    ("secretsmanager:DescribeSecret", Right::None),
    ("secretsmanager:ListSecrets", Right::None),
    ("secretsmanager:ListSecretVersionIds", Right::None),
    ("secretsmanager:GetRandomPassword", Right::None),
    ("secretsmanager:GetResourcePolicy", Right::None),
    ("secretsmanager:ValidateResourcePolicy", Right::None),
    ("secretsmanager:CreateSecret", Right::Write),
    ("secretsmanager:PutSecretValue", Right::Write),
    ("secretsmanager:UpdateSecret", Right::Write),
    ("secretsmanager:UpdateSecretVersionStage", Right::Write),
    ("secretsmanager:DeleteSecret", Right::Write),
    ("secretsmanager:RestoreSecret", Right::Write),
    ("secretsmanager:RotateSecret", Right::Write),
    ("secretsmanager:CancelRotateSecret", Right::Write),
    ("secretsmanager:TagResource", Right::Write),
    ("secretsmanager:UntagResource", Right::Write),
    ("secretsmanager:PutResourcePolicy", Right::Write),
    ("secretsmanager:DeleteResourcePolicy", Right::Write),
    ("secretsmanager:ReplicateSecretToRegions", Right::Write),
    ("secretsmanager:RemoveRegionsFromReplication", Right::Write),
    ("secretsmanager:StopReplicationToReplica", Right::Write),
    ("secretsmanager:ListResourcePolicies", Right::None),
    ("secretsmanager:AssociateCrossAccountReplica", Right::None),
    ("secretsmanager:DisassociateCrossAccountReplica", Right::None),
    // Asked for the function that a rotation calls.
    ("lambda:InvokeFunction", Right::None),
];

impl Right {
    /// The right that an action needs, in any letter case; `None` if the server has no such action.
    pub fn of(action: &str) -> Option<Right> {
        ACTIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(action)).map(|(_, right)| *right)
    }
}

/// An action that the server has, as somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action(String);

/// A text that names no action of the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server has no such action; `ssm:GetParameter` is one")]
pub struct UnknownAction;

shown_as_text!(Action);

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Right::of(text).map(|_| Action(text.to_owned())).ok_or(UnknownAction)
    }
}

/// The names of all actions.
pub(crate) fn actions() -> impl Iterator<Item = &'static str> {
    ACTIONS.iter().map(|(action, _)| *action)
}
