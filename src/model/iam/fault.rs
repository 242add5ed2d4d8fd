//! What is wrong with a policy, and where.

/// Why a text is not a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {flaw}", .statement.map_or("it".to_owned(), |number| format!("statement {number}")))]
pub struct PolicyFault {
    /// The number of the statement, from 1; `None` for the policy itself.
    pub statement: Option<usize>,
    /// What is wrong.
    pub flaw: PolicyFlaw,
}

/// What is wrong with a policy, worded to follow what it is wrong with: a statement, or the policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFlaw {
    /// Longer than a document allows.
    #[error("has {length} {unit}, and at most {limit} are allowed")]
    TooLong {
        /// How long it is.
        length: usize,
        /// How long it may be.
        limit: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// Not JSON, or a member twice in one object.
    #[error("is not valid JSON: {0}")]
    Json(String),
    /// Not an object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// A member that no policy has.
    #[error("has an unknown member {0:?}")]
    Unknown(String),
    /// A missing member, or one of the wrong form.
    #[error("needs {0}")]
    Needs(&'static str),
    /// Two members that exclude each other.
    #[error("has both {0} and Not{0}")]
    Both(&'static str),
    /// A member that is not allowed in this kind of policy.
    #[error("has a {0}, which an identity-based policy cannot have")]
    Foreign(&'static str),
    /// An action without a service.
    #[error("has an action {0:?} that is neither `*` nor of the form service:Action")]
    Action(String),
    /// A resource that is no ARN.
    #[error("has a resource {0:?} that is neither `*` nor an ARN")]
    Resource(String),
    /// A variable without an end or a name.
    #[error("has an incomplete variable in {0:?}")]
    Variable(String),
    /// A condition operator that does not exist.
    #[error("has an unknown condition operator {0:?}")]
    Operator(String),
    /// A condition value of the wrong form.
    #[error("has a condition {operator} on `{key}` that needs {expected}")]
    Operand {
        /// The operator, as it is written.
        operator: String,
        /// The condition key.
        key: String,
        /// What it needs.
        expected: &'static str,
    },
}

impl PolicyFlaw {
    /// The flaw of the statement of that number, or of the policy.
    pub(super) fn at(self, statement: Option<usize>) -> PolicyFault {
        PolicyFault { statement, flaw: self }
    }
}
