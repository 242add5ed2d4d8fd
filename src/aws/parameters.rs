//! Several parameters with their values, and the names of those that were deleted (parameter-store §10, §11).

use serde::Serialize;

use super::parameter::Parameter;

/// What `GetParameters` answers. Both lists are always there.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetParameters<D> {
    /// What was found.
    pub parameters: Vec<Parameter<D>>,
    /// What was not: each text as it was asked for, with its selector.
    pub invalid_parameters: Vec<String>,
}

/// What `GetParametersByPath` answers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetParametersByPath<D> {
    /// What is below the path; the parameter named like the path is not.
    pub parameters: Vec<Parameter<D>>,
    /// Where the next page begins; `None` on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// What `DeleteParameters` answers. Both lists are always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteParameters {
    /// Names of parameters that were deleted.
    pub deleted_parameters: Vec<String>,
    /// Names that no parameter has.
    pub invalid_parameters: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::{Seconds, json};
    use super::*;

    #[test]
    fn empty_lists_are_there_and_an_empty_token_is_not() {
        let found = GetParameters::<Seconds> { parameters: vec![], invalid_parameters: vec!["/a:9".into()] };
        assert_eq!(json(&found), json!({ "Parameters": [], "InvalidParameters": ["/a:9"] }));
        let mut below = GetParametersByPath::<Seconds> { parameters: vec![], next_token: None };
        assert_eq!(json(&below), json!({ "Parameters": [] }));
        below.next_token = Some("t".into());
        assert_eq!(json(&below), json!({ "Parameters": [], "NextToken": "t" }));
        let gone = DeleteParameters { deleted_parameters: vec!["/a".into()], invalid_parameters: vec![] };
        assert_eq!(json(&gone), json!({ "DeletedParameters": ["/a"], "InvalidParameters": [] }));
    }
}
