//! F11: templates and maps. Nothing panics or hangs; no value leaves the quotes around it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::inject::map;
use vault::inject::render::{Syntax, fill};
use vault::model::template::Template;
use vault::model::value::SecretValue;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = map::read("map.yaml", text);
    let _ = map::read(".env", text);
    if let Ok(template) = Template::parse(text) {
        let value = SecretValue::from_text("a\"b\nc: #d".to_owned());
        let values: Vec<&SecretValue> = template.references().map(|_| &value).collect();
        for syntax in [Syntax::Raw, Syntax::Json, Syntax::Yaml] {
            let _ = fill(&template, &values, syntax);
        }
    }
    let value = SecretValue::from_text(text.to_owned());
    for (template, syntax) in [("[\"{{resolve:ssm:/a}}\"]", Syntax::Json), ("- \"{{resolve:ssm:/a}}\"\n", Syntax::Yaml)]
    {
        let template = Template::parse(template).unwrap();
        // One line of text, whatever the value is: it cannot leave its quotes.
        let filled = fill(&template, &[&value], syntax).unwrap();
        assert!(filled.trim_ascii_end().iter().all(|byte| *byte >= 0x20));
    }
});
