//! Rotation plans: what a rotation does, signed by a member (FORMAT.md, rotation plan).

use std::collections::BTreeMap;

use super::pins::Pins;
use super::terms::RotationTerms;
use crate::model::id::DocId;
use crate::model::name::{MemberName, SecretName};
use crate::model::time::Timestamp;

/// A plan as its text states it. Whether it holds is for the engine to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The secret that it is for.
    pub secret: SecretName,
    /// The id of that secret's document: a new secret of the name is another one.
    pub id: DocId,
    /// Counts the plans of a secret, from 1.
    pub serial: u64,
    /// The trust snapshot that it was signed under.
    pub trust: u64,
    /// When it was signed.
    pub created: Timestamp,
    /// Who signed it.
    pub by: MemberName,
    /// What it does.
    pub terms: RotationTerms,
    /// What a value must say to be passed to the hook.
    pub pinned: Pins,
    /// Fields of later programs.
    pub extra: BTreeMap<String, String>,
}

/// A plan with its text, which is never changed, only copied or replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedPlan {
    text: String,
    plan: Plan,
}

impl SignedPlan {
    /// A text, the signature line included, and what it states.
    pub(crate) fn new(text: String, plan: Plan) -> Self {
        SignedPlan { text, plan }
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What it states.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// What a secret's document has in the place of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatedPlan {
    /// Nothing: nobody has confirmed the rotation since the vault was upgraded.
    Missing,
    /// What a document of format 1 configures, with no signature but that of the document.
    Unsigned(RotationTerms),
    /// A text with a signature of its own.
    Signed(Box<SignedPlan>),
}

impl StatedPlan {
    /// What it says, whether or not it holds: to show it, and to find out what may be due. A hook is run from a plan
    /// that the engine has confirmed, and from nothing else.
    pub(crate) fn terms(&self) -> Option<&RotationTerms> {
        match self {
            StatedPlan::Missing => None,
            StatedPlan::Unsigned(terms) => Some(terms),
            StatedPlan::Signed(signed) => Some(&signed.plan.terms),
        }
    }

    /// The plan with its text, if it has a signature.
    pub(crate) fn signed(&self) -> Option<&SignedPlan> {
        if let StatedPlan::Signed(signed) = self { Some(signed) } else { None }
    }

    /// Its serial; 0 without a signed plan.
    pub(crate) fn serial(&self) -> u64 {
        self.signed().map_or(0, |signed| signed.plan.serial)
    }
}
