//! What a pattern matches, found by trying every choice: one branch of each `$or`, and for each field one value of the
//! event or its absence. A choice is good if no two of its values are in different elements of one array.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A leaf of the event: its path, the arrays it is in with its place in each, and its value.
struct Leaf {
    path: String,
    arrays: Vec<(String, usize)>,
    value: Value,
}

/// Fields by path, with the values they may have.
type Choice = Vec<(String, Vec<Value>)>;

pub(super) fn matches(pattern: &Value, event: &Value) -> bool {
    let mut leaves = Vec::new();
    flatten("", "", &[], event, &mut leaves);
    choices("", pattern).iter().any(|choice| assign(choice, &leaves, &mut Vec::new(), &mut Vec::new()))
}

fn flatten(path: &str, place: &str, arrays: &[(String, usize)], value: &Value, leaves: &mut Vec<Leaf>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                flatten(&format!("{path}.{name}"), &format!("{place}.{name}"), arrays, value, leaves);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                let arrays = [arrays, &[(place.to_owned(), index)]].concat();
                flatten(path, &format!("{place}[{index}]"), &arrays, value, leaves);
            }
        }
        value => leaves.push(Leaf { path: path.to_owned(), arrays: arrays.to_vec(), value: value.clone() }),
    }
}

fn choices(path: &str, pattern: &Value) -> Vec<Choice> {
    let mut all = vec![Choice::new()];
    for (name, value) in pattern.as_object().unwrap() {
        let path_of = format!("{path}.{name}");
        let of_field = match value {
            Value::Array(branches) if name == "$or" => {
                branches.iter().flat_map(|branch| choices(path, branch)).collect()
            }
            Value::Array(values) => vec![vec![(path_of, values.clone())]],
            nested => choices(&path_of, nested),
        };
        all = all.iter().flat_map(|so_far| of_field.iter().map(|field| [&so_far[..], field].concat())).collect();
    }
    all
}

fn assign<'a>(
    choice: &[(String, Vec<Value>)],
    leaves: &'a [Leaf],
    taken: &mut Vec<&'a Leaf>,
    absent: &mut Vec<String>,
) -> bool {
    let fits = |one: &Leaf, taken: &[&Leaf]| {
        let differs =
            |other: &&Leaf| one.arrays.iter().any(|(a, i)| other.arrays.iter().any(|(b, j)| a == b && i != j));
        !taken.iter().any(differs)
    };
    let Some(((path, values), rest)) = choice.split_first() else {
        return !leaves.iter().any(|leaf| absent.contains(&leaf.path) && fits(leaf, taken));
    };
    for leaf in leaves.iter().filter(|leaf| leaf.path == *path) {
        if values.iter().any(|value| accepts(value, &leaf.value)) && fits(leaf, taken) {
            taken.push(leaf);
            if assign(rest, leaves, taken, absent) {
                return true;
            }
            taken.pop();
        }
    }
    if values.contains(&json!({"exists": false})) {
        absent.push(path.clone());
        if assign(rest, leaves, taken, absent) {
            return true;
        }
        absent.pop();
    }
    false
}

fn accepts(matcher: &Value, value: &Value) -> bool {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let Some((key, operand)) = matcher.as_object().and_then(|one| one.iter().next()) else { return matcher == value };
    match (key.as_str(), text(value), text(operand)) {
        ("exists", ..) => *operand == json!(true),
        ("prefix", Some(value), Some(operand)) => value.get(..operand.len()) == Some(&operand),
        ("wildcard", Some(value), Some(operand)) => is_like(operand.as_bytes(), value.as_bytes()),
        ("anything-but", ..) => match operand {
            Value::Array(operands) => !operands.contains(value),
            Value::Object(_) => !accepts(operand, value),
            operand => value != operand,
        },
        ("numeric", ..) => value.as_i64().is_some_and(|value| value > operand[1].as_i64().unwrap()),
        _ => false,
    }
}

pub(super) fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) if is_like(rest, text) => true,
        (Some((b'*', _)), Some((_, text))) => is_like(pattern, text),
        (Some((a, rest)), Some((b, text))) => a == b && is_like(rest, text),
        _ => false,
    }
}

fn scalars() -> impl Strategy<Value = Value> {
    proptest::sample::select(vec![json!("x"), json!("xy"), json!(1), json!(2), json!(true), json!(null)])
}

fn members<S: Strategy<Value = Value>>(of: S) -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::btree_map("[abc]", of, 1..4).prop_map(|members| members.into_iter().collect())
}

pub(super) fn events() -> impl Strategy<Value = Value> {
    let value = scalars().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            members(inner).prop_map(Value::Object),
        ]
    });
    members(value).prop_map(Value::Object)
}

pub(super) fn patterns() -> impl Strategy<Value = Value> {
    let matcher = prop_oneof![
        3 => scalars(),
        3 => proptest::sample::select(vec![
            json!({"exists": false}), json!({"exists": false}), json!({"exists": true}), json!({"prefix": "x"}),
            json!({"wildcard": "*y"}), json!({"anything-but": ["x"]}), json!({"anything-but": {"prefix": "xy"}}),
            json!({"anything-but": 1}), json!({"numeric": [">", 1]}),
        ]),
    ];
    let field = proptest::collection::vec(matcher, 1..3).prop_map(Value::Array).boxed();
    let nested = field.prop_recursive(3, 16, 3, |inner| {
        let branches = proptest::collection::vec(members(inner.clone()).prop_map(Value::Object), 2..4);
        (members(inner), proptest::option::weighted(0.4, branches)).prop_map(|(mut members, or)| {
            members.extend(or.map(|branches| ("$or".to_owned(), Value::Array(branches))));
            Value::Object(members)
        })
    });
    members(nested).prop_map(Value::Object)
}
