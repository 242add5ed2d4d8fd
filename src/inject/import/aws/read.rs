//! Reading answers.

use super::answer::{documents, is_answer, is_parameter, is_secret};
use super::parameters::Parameters;
use super::secrets::Secrets;
use crate::inject::foreign::tree::Tree;
use crate::inject::import::error::ImportError;
use crate::inject::import::item::{Item, ItemError, Source, Warning};

pub(in crate::inject::import) fn read(text: &str) -> Result<Source, ImportError> {
    let documents = documents(text)?;
    let (mut parameters, mut secrets) = (Parameters::default(), Secrets::default());
    let mut source = Source { named: true, ..Source::default() };
    let mut is_described_only = true;
    for document in &documents {
        if !is_answer(document) {
            return Err(ImportError::NotAws);
        }
        note(document, &mut source.warnings);
        let alone = std::slice::from_ref(document);
        let listed = document.list().or_else(|| document.member("Parameters")?.list());
        let values = document.member("SecretValues").and_then(Tree::list);
        let one = document.member("Parameter").map(std::slice::from_ref);
        for element in listed.or(values).or(one).unwrap_or(alone) {
            if is_secret(element) || values.is_some() {
                secrets.add(element);
            } else if is_parameter(element) {
                parameters.add(element);
            } else {
                source.items.extend(without_value(element));
                continue;
            }
            is_described_only = false;
        }
        is_described_only &= listed.or(values).is_none_or(|elements| !elements.is_empty());
    }
    if is_described_only {
        return Err(ImportError::DescriptionsOnly);
    }
    source.items.extend(parameters.into_items());
    source.items.extend(secrets.into_items());
    Ok(source)
}

fn without_value(element: &Tree) -> Option<Item> {
    let name = element.member("Name")?.text()?.to_owned();
    Some(Item { name, content: Err(ItemError::NoValue) })
}

fn note(document: &Tree, warnings: &mut Vec<Warning>) {
    if document.member("NextToken").and_then(Tree::text).is_some() {
        warnings.push(Warning::OnePage);
    }
    let names = |key: &str, of: fn(&Tree) -> Option<String>| {
        let elements = document.member(key).and_then(Tree::list).unwrap_or_default();
        elements.iter().filter_map(of).collect::<Vec<String>>()
    };
    let invalid = names("InvalidParameters", |name| Some(format!("`{}`", name.text()?)));
    if !invalid.is_empty() {
        warnings.push(Warning::Invalid(invalid));
    }
    let failed = names("Errors", |error| {
        let code = error.member("ErrorCode").and_then(Tree::text).unwrap_or("no reason");
        Some(format!("`{}` ({code})", error.member("SecretId")?.text()?))
    });
    if !failed.is_empty() {
        warnings.push(Warning::Failed(failed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inject::import::{Content, Descriptions};

    fn items(text: &str) -> Vec<Item> {
        read(text).unwrap().items
    }

    fn parameter(item: &Item) -> &[(crate::model::value::SecretValue, crate::model::parameter::PutRequest)] {
        let Ok(Content::Parameter(versions)) = &item.content else { panic!("{item:?}") };
        versions
    }

    const HISTORY: &str = r#"{"Parameters":[
        {"Name":"/a","Type":"SecureString","Value":"two","Version":6,"Labels":["live"],"Tier":"Advanced","DataType":"text",
         "Policies":[{"PolicyText":"{\"Type\":\"NoChangeNotification\",\"Version\":\"1.0\",\"Attributes\":{\"After\":\"20\",\"Unit\":\"Days\"}}",
                      "PolicyType":"NoChangeNotification","PolicyStatus":"Pending"}]},
        {"Name":"/a","Type":"String","Value":"one","Version":5,"Labels":[],"Tier":"Standard","Policies":[]}]}"#;

    #[test]
    fn a_history_is_one_parameter_with_its_versions_in_order() {
        let items = items(&format!("{HISTORY}\n{HISTORY}"));
        assert_eq!(items.len(), 1);
        let [(one, first), (two, second)] = parameter(&items[0]) else { panic!("two versions") };
        assert_eq!((one.reveal(), two.reveal()), (b"one".as_slice(), b"two".as_slice()));
        assert_eq!((first.number, second.number), (Some(5), Some(6)));
        assert_eq!((first.labels.len(), second.labels.as_slice()), (0, ["live".to_owned()].as_slice()));
        let policies = second.policies.as_ref().unwrap();
        assert!(matches!(policies.as_slice(), [only] if only.type_name() == "NoChangeNotification"));
    }

    #[test]
    fn what_aws_keeps_encrypted_is_refused() {
        let blob = format!("AQICAH{}", "x".repeat(200));
        let text = format!(r#"{{"Parameter":{{"Name":"/a","Type":"SecureString","Value":"{blob}","Version":1}}}}"#);
        assert_eq!(items(&text)[0].content.as_ref().unwrap_err(), &ItemError::StillEncrypted);
        let plain = text.replace("SecureString", "String");
        assert!(items(&plain)[0].content.is_ok(), "a String may look like anything");
    }

    #[test]
    fn other_shapes_are_no_answers() {
        for text in [r#"{"Parameters":{}}"#, r#"{"a":1}"#, "[]", r#"[{"Name":"a"}]"#, r#"{"Parameter":{"Name":"/a"}}"#]
        {
            assert_eq!(read(text).map(|_| ()), Err(ImportError::NotAws), "{text}");
        }
        for text in [r#"{"Parameters":[{"Name":"/a","Type":"String"}]}"#, r#"{"SecretList":[]}"#] {
            assert_eq!(read(text).map(|_| ()), Err(ImportError::DescriptionsOnly), "{text}");
        }
        assert!(items(r#"{"Parameters":[]}"#).is_empty());
        let listed = r#"[{"Name":"/a","Type":"String","Value":"x"},{"Name":"/b","Type":"Other","Value":"x"}]"#;
        assert_eq!(items(listed)[1].content.as_ref().unwrap_err(), &ItemError::Field("Type"));
        assert_eq!(parameter(&items(r#"[{"Name":"/a","Value":"x"}]"#)[0])[0].1.kind, None, "a query leaves it out");
    }

    #[test]
    fn descriptions_complete_what_an_item_does_not_say() {
        let described = r#"{"Parameters":[{"Name":"/a","Type":"String","Description":"d","AllowedPattern":".","Tier":"Standard"},
            {"Name":"/b","Type":"String","Policies":[{"PolicyText":"{'not': 'json'}"}]}]}"#;
        let descriptions = Descriptions::read(described).unwrap();
        let mut items =
            items(r#"[{"Name":"/a","Type":"String","Value":"x"},{"Name":"/b","Type":"String","Value":"x"}]"#);
        for item in &mut items {
            descriptions.complete(item);
        }
        assert_eq!(parameter(&items[0])[0].1.description.as_deref(), Some("d"));
        assert_eq!(items[1].content.as_ref().unwrap_err(), &ItemError::Field("Policies"));
    }

    #[test]
    fn a_page_of_several_is_told() {
        let text = r#"{"Parameters":[{"Name":"/a","Type":"String","Value":"x"}],"NextToken":"t"}"#;
        assert_eq!(read(text).unwrap().warnings, [Warning::OnePage]);
    }
}
