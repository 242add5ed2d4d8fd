//! F12: values, a text with some of their forms in it, and cuts. What comes in pieces comes out as the whole does, every form of
//! every value is masked, and nothing else changes. In a text with line breaks base64 is found across them too, which is not stated here again.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use vault::model::forms::{self, Form};
use vault::model::masker::{MASK, Masker, Stream};
use vault::model::value::SecretValue;
use zeroize::Zeroizing;

fuzz_target!(|data: &[u8]| {
    // The parts of the input are split by a byte that is rare in texts.
    let mut parts = data.split(|byte| *byte == 0xfe);
    let (cuts, plan) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let values: Vec<SecretValue> =
        parts.take(4).map(|part| SecretValue::new(Zeroizing::new(part[..part.len().min(48)].to_vec()))).collect();
    let all: Vec<Form> = values.iter().flat_map(forms::of).collect();
    let text = text(plan, &all);
    let masker = Arc::new(Masker::new(&values).unwrap());
    let expected = masker.masked(&text, 0);
    let has = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
    if !has(b"\n") && !has(b"\\n") {
        assert_eq!(expected, by_the_rule(&all, &text));
    }
    let (mut stream, mut out, mut rest) = (Stream::new(Arc::clone(&masker)), Vec::new(), text.as_slice());
    for cut in cuts {
        let (piece, after) = rest.split_at(usize::from(*cut % 16).min(rest.len()));
        stream.push(piece, &mut out);
        stream.learn(Arc::clone(&masker), &mut out);
        rest = after;
    }
    stream.push(rest, &mut out);
    stream.finish(&mut out);
    assert_eq!(out, expected);
});

/// Each byte of the plan is itself, or one of the forms.
fn text(plan: &[u8], forms: &[Form]) -> Vec<u8> {
    let mut text = Vec::new();
    for byte in plan.iter().take(256) {
        match forms.get(usize::from(byte & 0x7f)) {
            Some(form) if *byte >= 0x80 && text.len() < 4096 => text.extend_from_slice(form.reveal()),
            _ => text.push(*byte),
        }
    }
    text
}

fn by_the_rule(forms: &[Form], text: &[u8]) -> Vec<u8> {
    let mut covered = vec![false; text.len()];
    for form in forms {
        for start in 0..text.len() {
            if text[start..].starts_with(form.reveal()) {
                covered[start..start + form.reveal().len()].fill(true);
            }
        }
    }
    let mut shown = Vec::new();
    for (at, byte) in text.iter().enumerate() {
        match covered[at] {
            false => shown.push(*byte),
            true if at == 0 || !covered[at - 1] => shown.extend_from_slice(MASK),
            true => {}
        }
    }
    shown
}
