//! F2: every kind of document, in both formats. What is parsed is emitted as the very same text: two texts never mean one document.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::format::schema::{
    emit_checkpoint, emit_key, emit_parameter, emit_plan, emit_request, emit_secret, emit_share, emit_trust, parse_checkpoint,
    parse_key, parse_parameter, parse_plan, parse_request, parse_secret, parse_share, parse_trust,
};
use vault::format::{trailer, vault_yaml};
use vault::model::id::VaultId;

const VAULT: &str = "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp";

macro_rules! same_text {
    ($body:expr, $vault:expr, $($parse:ident $emit:ident),*) => {$(
        if let Ok(document) = $parse($body, $vault) {
            assert_eq!($emit(&document, $vault).as_bytes(), $body, stringify!($parse));
        }
    )*};
}

fuzz_target!(|data: &[u8]| {
    let vault: VaultId = VAULT.parse().unwrap();
    // A seed is a whole document; a body without a trailer is as good.
    let body = trailer::split(data).map_or(data, |signed| signed.body);
    same_text!(
        body, &vault,
        parse_parameter emit_parameter,
        parse_secret emit_secret,
        parse_key emit_key,
        parse_trust emit_trust,
        parse_checkpoint emit_checkpoint,
        parse_request emit_request,
        parse_plan emit_plan,
        parse_share emit_share
    );
    if let Ok(id) = vault_yaml::read(data.to_vec()) {
        let normal = trailer::normalise(data.to_vec()).unwrap();
        let new = vault_yaml::write(&id);
        let old = new.replacen("vault/v2", "vault/v1", 1);
        assert!([new, old].iter().any(|text| text.as_bytes() == normal), "another spelling");
    }
});
