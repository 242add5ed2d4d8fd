//! Conditions of a statement.

use super::context::{Context, any};
use super::fault::PolicyFlaw;
use super::node::Node;
use super::operand::{Comparison, Operand, OperandFlaw, Order};

/// One operator on one key.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    /// As it is written in the policy.
    key: String,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    /// Whether the key must be absent.
    Absent(bool),
    /// Its values are compared.
    Values { quantifier: Quantifier, if_exists: bool, negated: bool, operands: Vec<Operand> },
}

/// How many values of the key must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    /// No set operator: one value that matches, or none for a negated operator.
    Plain,
    /// `ForAnyValue:`
    Any,
    /// `ForAllValues:`
    All,
}

/// An operator, how it compares, and whether it is negated.
type Operator = (&'static str, Comparison, bool);

const OPERATORS: [Operator; 26] = {
    use Comparison::{Arn, Flag, Instant, Like, Network, Number, Text, TextIgnoringCase};
    use Order::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    [
        ("StringEquals", Text, false),
        ("StringNotEquals", Text, true),
        ("StringEqualsIgnoreCase", TextIgnoringCase, false),
        ("StringNotEqualsIgnoreCase", TextIgnoringCase, true),
        ("StringLike", Like, false),
        ("StringNotLike", Like, true),
        ("NumericEquals", Number(Equal), false),
        ("NumericNotEquals", Number(Equal), true),
        ("NumericLessThan", Number(Less), false),
        ("NumericLessThanEquals", Number(LessOrEqual), false),
        ("NumericGreaterThan", Number(Greater), false),
        ("NumericGreaterThanEquals", Number(GreaterOrEqual), false),
        ("DateEquals", Instant(Equal), false),
        ("DateNotEquals", Instant(Equal), true),
        ("DateLessThan", Instant(Less), false),
        ("DateLessThanEquals", Instant(LessOrEqual), false),
        ("DateGreaterThan", Instant(Greater), false),
        ("DateGreaterThanEquals", Instant(GreaterOrEqual), false),
        ("Bool", Flag, false),
        // In base64, which has one spelling.
        ("BinaryEquals", Text, false),
        ("IpAddress", Network, false),
        ("NotIpAddress", Network, true),
        ("ArnEquals", Arn, false),
        ("ArnNotEquals", Arn, true),
        ("ArnLike", Arn, false),
        ("ArnNotLike", Arn, true),
    ]
};

impl Condition {
    /// Reads the `Condition` of a statement.
    pub(super) fn parse_all(node: Node, variables: bool) -> Result<Vec<Self>, PolicyFlaw> {
        let malformed = || PolicyFlaw::Needs("a Condition that is an object of operators");
        let mut conditions = Vec::new();
        for (operator, keys) in node.members().ok_or_else(malformed)? {
            for (key, values) in keys.members().ok_or_else(malformed)? {
                conditions.push(Condition::parse(&operator, &key, values, variables)?);
            }
        }
        Ok(conditions)
    }

    fn parse(operator: &str, key: &str, values: Node, variables: bool) -> Result<Self, PolicyFlaw> {
        let wrong = |expected| PolicyFlaw::Operand { operator: operator.to_owned(), key: key.to_owned(), expected };
        let values = values.values().ok_or_else(|| wrong("a value or a list of values"))?;
        let test = if operator == "Null" {
            match values.as_slice() {
                [absent] if absent.eq_ignore_ascii_case("true") => Test::Absent(true),
                [absent] if absent.eq_ignore_ascii_case("false") => Test::Absent(false),
                _ => return Err(wrong("true or false")),
            }
        } else {
            let (quantifier, if_exists, (_, comparison, negated)) = operator_of(operator)?;
            let read = |value: &String| {
                Operand::parse(value, comparison, variables).map_err(|flaw| match flaw {
                    OperandFlaw::Pattern(flaw) => flaw,
                    OperandFlaw::Expected(expected) => wrong(expected),
                })
            };
            let operands = values.iter().map(read).collect::<Result<_, _>>()?;
            Test::Values { quantifier, if_exists, negated, operands }
        };
        Ok(Condition { key: key.to_owned(), test })
    }

    /// Whether it holds. `doubt` is what counts where a variable decides that has no value.
    pub(super) fn holds(&self, context: &Context, doubt: bool) -> bool {
        let values = context.values(&self.key);
        let (quantifier, if_exists, negated, operands) = match &self.test {
            Test::Absent(absent) => return values.is_empty() == *absent,
            Test::Values { quantifier, if_exists, negated, operands } => (*quantifier, *if_exists, *negated, operands),
        };
        let fits = |value: &String| {
            let is_accepted = any(operands.iter().map(|operand| operand.accepts(value, context)));
            is_accepted.map_or(negated && doubt, |is_accepted| is_accepted != negated)
        };
        if values.is_empty() {
            return if_exists || quantifier == Quantifier::All || (quantifier == Quantifier::Plain && negated);
        }
        match quantifier {
            Quantifier::All => values.iter().all(fits),
            Quantifier::Plain if negated => values.iter().all(fits),
            Quantifier::Plain | Quantifier::Any => values.iter().any(fits),
        }
    }
}

/// Takes `ForAnyValue:StringLikeIfExists` apart.
fn operator_of(text: &str) -> Result<(Quantifier, bool, Operator), PolicyFlaw> {
    let (quantifier, rest) = match text.split_once(':') {
        Some(("ForAnyValue", rest)) => (Quantifier::Any, rest),
        Some(("ForAllValues", rest)) => (Quantifier::All, rest),
        _ => (Quantifier::Plain, text),
    };
    let (name, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |name| (name, true));
    let known = OPERATORS.iter().find(|(known, ..)| *known == name);
    known.map(|known| (quantifier, if_exists, *known)).ok_or_else(|| PolicyFlaw::Operator(text.to_owned()))
}
