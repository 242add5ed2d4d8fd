//! F18: ARNs and ids of secrets. Nothing panics, and what is written is read back as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::aws::secret_id::SecretId;
use vault::model::arn::{Account, Arn, Suffix};
use vault::model::id::DocId;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(arn) = Arn::parse(text) {
        assert_eq!(arn.to_string(), text);
        let _ = (arn.parameter(), arn.secret());
    }
    let Ok(id) = text.parse::<SecretId>() else { return };
    let account = Account { partition: "aws".into(), region: "eu-west-1".into(), id: "123456789012".into() };
    let suffix = Suffix::of(DocId([7; 16]));
    let full: SecretId = account.secret(id.name(), suffix).parse().unwrap();
    assert!(full.name() == id.name() && full.means(suffix));
    assert!(!full.means(Suffix::of(DocId([8; 16]))));
});
