//! Who a key may be wrapped for, read strictly from foreign text.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use age_core::primitives::bech32_decode;
use curve25519_dalek::MontgomeryPoint;
use data_encoding::BASE64;

use super::keytext;
use super::plugin::{PluginRecipient, Program};
use super::sign::{VerifyingKey, is_reduced};

/// The maximum length of a recipient's text, in bytes. The longest known kind, post-quantum, has 2,000.
const MAX_TEXT: usize = 16 * 1024;
/// What comes before the 32 bytes of the key in the blob of an `ssh-ed25519` line.
const SSH_ED25519_BLOB: &[u8] = b"\0\0\0\x0bssh-ed25519\0\0\0\x20";

/// What the local configuration allows beyond the safe kinds. Nothing, by default.
#[derive(Debug, Clone, Default)]
pub struct RecipientPolicy {
    /// Whether `ssh-rsa` may be used: the code behind it leaks timing (RUSTSEC-2023-0071).
    pub allow_rsa: bool,
    /// Programs that may run as plugins: absolute paths whose file names are `age-plugin-NAME`.
    pub plugins: Vec<PathBuf>,
}

/// A recipient that a key can be wrapped for. Equal if the canonical texts are.
#[derive(Clone)]
pub struct Recipient {
    text: String,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    X25519(age::x25519::Recipient),
    Ssh(age::ssh::Recipient),
    Tag(age::tag::Recipient),
    TagPq(Box<age::tagpq::Recipient>),
    Plugin { name: String, recipient: PluginRecipient },
}

/// Why a text was refused as a recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// Not a recipient of a kind we know.
    #[error("this is not an age or SSH recipient")]
    Malformed,
    /// A key that shares the same secret with everybody, or a second spelling of a key.
    #[error("this recipient's key is weak or not canonical")]
    WeakKey,
    /// RSA is not allowed.
    #[error("ssh-rsa recipients are not allowed by the configuration")]
    RsaNotAllowed,
    /// RSA with a modulus outside 2,048 to 4,096 bits.
    #[error("ssh-rsa recipients must have between 2048 and 4096 bits")]
    RsaSize,
    /// An SSH key of another type.
    #[error("this type of SSH key is not supported, only ssh-ed25519 is")]
    UnsupportedSsh,
    /// A plugin that the configuration does not list by its absolute path.
    #[error("age plugin {name} is not allowed by the configuration")]
    PluginNotAllowed {
        /// The plugin's name: the program would be `age-plugin-NAME`.
        name: String,
    },
}

impl Recipient {
    /// Reads `age1…`, `ssh-ed25519 …`, and by policy `ssh-rsa …` and the recipients of plugins, `age1NAME1…`.
    ///
    /// `age1tag1…` and `age1tagpq1…`, keys on hardware, can be wrapped for; opening needs their plugin.
    pub fn parse(text: &str, policy: &RecipientPolicy) -> Result<Recipient, RecipientError> {
        let text = text.trim();
        if text.len() > MAX_TEXT {
            return Err(RecipientError::Malformed);
        }
        if text.starts_with("ssh-rsa ") && !policy.allow_rsa {
            return Err(RecipientError::RsaNotAllowed);
        }
        if text.contains(' ') {
            return parse_ssh(text);
        }
        // Bech32 may be all upper case, as in QR codes; a mixture is refused where its checksum is read.
        let has_lower = text.bytes().any(|byte| byte.is_ascii_lowercase());
        let text = if has_lower { text.to_owned() } else { text.to_ascii_lowercase() };
        match text.rsplit_once('1').map(|(prefix, _)| prefix) {
            Some("age") => parse_x25519(&text),
            Some("age1tag") => parse_tag(text, Kind::Tag),
            Some("age1tagpq") => parse_tag(text, |recipient| Kind::TagPq(Box::new(recipient))),
            Some(prefix) => parse_plugin(prefix, &text, policy),
            None => Err(RecipientError::Malformed),
        }
    }

    /// Whether what is wrapped for it stays secret from a quantum computer.
    pub(crate) fn is_post_quantum(&self) -> bool {
        match &self.kind {
            Kind::TagPq(_) => true,
            Kind::Plugin { name, .. } => name == "pq",
            Kind::X25519(_) | Kind::Ssh(_) | Kind::Tag(_) => false,
        }
    }

    /// The canonical text: lower case, no comment.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn as_age(&self) -> &dyn age::Recipient {
        match &self.kind {
            Kind::X25519(recipient) => recipient,
            Kind::Ssh(recipient) => recipient,
            Kind::Tag(recipient) => recipient,
            Kind::TagPq(recipient) => recipient.as_ref(),
            Kind::Plugin { recipient, .. } => recipient,
        }
    }
}

impl PartialEq for Recipient {
    fn eq(&self, other: &Recipient) -> bool {
        self.text == other.text
    }
}

impl Eq for Recipient {}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", self.text)
    }
}

/// The same recipients in the same order, each once.
pub(crate) fn deduplicated(recipients: &[Recipient]) -> Vec<&Recipient> {
    let mut seen = std::collections::HashSet::new();
    recipients.iter().filter(|recipient| seen.insert(recipient.as_str())).collect()
}

/// Reads `age1…`, the native kind.
pub(super) fn parse_x25519(text: &str) -> Result<Recipient, RecipientError> {
    let key = keytext::public_key(text).ok_or(RecipientError::Malformed)?;
    // The only encoding of a coordinate that is accepted has no highest bit.
    if key[31] >= 0x80 || !is_reduced(&key) || is_of_small_order(&key) {
        return Err(RecipientError::WeakKey);
    }
    let text = keytext::public_text(&key);
    let recipient = text.parse().map_err(|_| RecipientError::Malformed)?;
    Ok(Recipient { text, kind: Kind::X25519(recipient) })
}

/// Whether every key exchange with the point gives the same shared secret, zero. age panics on such a point.
fn is_of_small_order(coordinate: &[u8; 32]) -> bool {
    // A clamped scalar is a multiple of eight and no multiple of the large order: it maps exactly these points to zero.
    MontgomeryPoint(*coordinate).mul_clamped([1; 32]).to_bytes() == [0; 32]
}

fn parse_ssh(text: &str) -> Result<Recipient, RecipientError> {
    use age::ssh::ParseRecipientKeyError as E;
    let recipient: age::ssh::Recipient = text.parse().map_err(|error| match error {
        E::RsaModulusTooLarge | E::RsaModulusTooSmall => RecipientError::RsaSize,
        E::Unsupported(_) => RecipientError::UnsupportedSsh,
        _ => RecipientError::Malformed,
    })?;
    let text = recipient.to_string();
    if let Some(blob) = text.strip_prefix("ssh-ed25519 ") {
        check_ssh_ed25519(blob)?;
    }
    Ok(Recipient { text, kind: Kind::Ssh(recipient) })
}

/// age converts the key to X25519; a point of small order on one curve is one on the other.
fn check_ssh_ed25519(blob: &str) -> Result<(), RecipientError> {
    let blob = BASE64.decode(blob.as_bytes()).map_err(|_| RecipientError::Malformed)?;
    let key = blob.strip_prefix(SSH_ED25519_BLOB).ok_or(RecipientError::Malformed)?;
    let key = key.try_into().map_err(|_| RecipientError::Malformed)?;
    VerifyingKey::parse(key).map(|_| ()).map_err(|_| RecipientError::WeakKey)
}

/// Reads the recipient of a key on hardware.
fn parse_tag<R: FromStr>(text: String, kind: impl FnOnce(R) -> Kind) -> Result<Recipient, RecipientError> {
    let recipient = text.parse().map_err(|_| RecipientError::Malformed)?;
    Ok(Recipient { text, kind: kind(recipient) })
}

fn parse_plugin(prefix: &str, text: &str, policy: &RecipientPolicy) -> Result<Recipient, RecipientError> {
    let name = prefix.strip_prefix("age1").ok_or(RecipientError::Malformed)?;
    check_plugin_text(name, text)?;
    let program = Program::allowed(name, &policy.plugins)
        .ok_or_else(|| RecipientError::PluginNotAllowed { name: name.to_owned() })?;
    let recipient = PluginRecipient::new(program, text.to_owned());
    Ok(Recipient { text: text.to_owned(), kind: Kind::Plugin { name: name.to_owned(), recipient } })
}

/// Checks the characters of a plugin's name and the checksum of the text.
pub(super) fn check_plugin_text(name: &str, text: &str) -> Result<(), RecipientError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_');
    if name.is_empty() || !name.bytes().all(is_allowed) {
        return Err(RecipientError::Malformed);
    }
    bech32_decode(text, |_| RecipientError::Malformed, |_| Ok(()), |_, _| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::fixture::{self, bech32_text, hex};

    fn parse(text: &str) -> Result<Recipient, RecipientError> {
        Recipient::parse(text, &RecipientPolicy::default())
    }

    const ALICE: &str = "age16yjt9aqtdu6xfc8njpxfxpg9km7e5usq7mj27zvmx2gz78yzs47sa0c2dv";
    const TAG: &str = "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e";

    #[test]
    fn native_recipients_are_read_and_shown_in_one_form() {
        assert_eq!(parse(ALICE).unwrap().to_string(), ALICE);
        assert_eq!(parse(&format!("  {}\n", ALICE.to_uppercase())).unwrap().to_string(), ALICE);
        assert_eq!(parse(TAG).unwrap().to_string(), TAG);
    }

    #[test]
    fn what_is_no_recipient_is_refused() {
        let mixed_case = ALICE.replace("16y", "16Y");
        let wrong_sum = ALICE.replace("dv", "dd");
        let secret = fixture::file("ids/alice.txt").lines().last().unwrap().to_owned();
        let short = bech32_text("age", &[1; 31]);
        let long = bech32_text("age", &[1; 33]);
        let huge = "a".repeat(MAX_TEXT + 1);
        let texts = ["", "1", "age", "age1", "vlt1qqqq", "-r", "/etc/passwd", "ssh-ed25519", "ssh-ed25519 AAAA"];
        for text in texts.into_iter().chain([&*mixed_case, &wrong_sum, &secret, &short, &long, &huge]) {
            assert_eq!(parse(text).unwrap_err(), RecipientError::Malformed, "{text}");
        }
    }

    #[test]
    fn points_of_small_order_are_refused_in_every_spelling() {
        let listed = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        for point in listed.map(hex::<32>) {
            assert!(is_of_small_order(&point));
            let mut high = point;
            high[31] |= 0x80;
            for spelling in [point, high] {
                let text = keytext::public_text(&spelling);
                assert_eq!(parse(&text).unwrap_err(), RecipientError::WeakKey, "{text}");
            }
        }
    }

    #[test]
    fn a_second_spelling_of_a_good_point_is_refused() {
        let mut key = keytext::public_key(ALICE).unwrap();
        key[31] |= 0x80;
        assert_eq!(parse(&keytext::public_text(&key)).unwrap_err(), RecipientError::WeakKey);
        let mut nine = [0xff; 32];
        (nine[0], nine[31]) = (0xed + 9, 0x7f);
        assert!(!is_of_small_order(&nine));
        assert_eq!(parse(&keytext::public_text(&nine)).unwrap_err(), RecipientError::WeakKey);
    }

    #[test]
    fn age_itself_panics_on_a_small_point_and_we_survive() {
        let recipient: age::x25519::Recipient = keytext::public_text(&[0; 32]).parse().unwrap();
        let outcome = crate::crypto::agefile::encrypt(&[&recipient], b"payload");
        assert_eq!(outcome, Err(crate::crypto::agefile::AgeError::Internal));
    }

    fn ssh_line(key: [u8; 32]) -> String {
        format!("ssh-ed25519 {}", BASE64.encode(&[SSH_ED25519_BLOB, &key].concat()))
    }

    #[test]
    fn ssh_ed25519_loses_its_comment() {
        let line = fixture::file("ssh/ed25519.pub");
        let bare = line.trim().strip_suffix(" test only").unwrap();
        assert_eq!(parse(&line).unwrap().to_string(), bare);
        assert_eq!(parse(bare).unwrap(), parse(&line).unwrap());
    }

    #[test]
    fn weak_ssh_keys_are_refused() {
        for point in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ] {
            assert_eq!(parse(&ssh_line(hex(point))).unwrap_err(), RecipientError::WeakKey, "{point}");
        }
    }

    #[test]
    fn rsa_needs_permission_and_size() {
        let rsa = RecipientPolicy { allow_rsa: true, ..RecipientPolicy::default() };
        let (good, small) = (fixture::file("ssh/rsa.pub"), fixture::file("ssh/rsa_small.pub"));
        assert_eq!(parse(&good).unwrap_err(), RecipientError::RsaNotAllowed);
        assert!(Recipient::parse(&good, &rsa).unwrap().to_string().starts_with("ssh-rsa AAAA"));
        assert_eq!(Recipient::parse(&small, &rsa).unwrap_err(), RecipientError::RsaSize);
        assert_eq!(parse(&fixture::file("ssh/ecdsa.pub")).unwrap_err(), RecipientError::UnsupportedSsh);
    }

    #[test]
    fn plugins_run_by_listed_absolute_path_only() {
        let text = bech32_text("age1evil", b"anything");
        let listed = |path: &str| {
            let policy = RecipientPolicy { plugins: vec![path.into()], ..RecipientPolicy::default() };
            Recipient::parse(&text, &policy).map(|recipient| recipient.to_string())
        };
        let refused = Err(RecipientError::PluginNotAllowed { name: "evil".into() });
        assert_eq!(parse(&text).map(|_| String::new()), refused);
        assert_eq!(listed("age-plugin-evil"), refused);
        assert_eq!(listed("./age-plugin-evil"), refused);
        assert_eq!(listed(""), refused);
        assert_eq!(listed("/opt/age-plugin-good"), refused);
        assert_eq!(listed("/opt/age-plugin-evil/.."), refused);
        #[cfg(unix)]
        assert_eq!(listed("/opt/age-plugin-evil"), Ok(text.clone()));
    }

    #[test]
    fn plugin_names_cannot_be_paths() {
        let text = bech32_text("age1a/../../bin/echo", b"anything");
        let policy = RecipientPolicy { plugins: vec!["/bin/echo".into()], ..RecipientPolicy::default() };
        assert_eq!(Recipient::parse(&text, &policy).unwrap_err(), RecipientError::Malformed);
    }

    #[test]
    fn post_quantum_recipients_are_known_as_such() {
        let policy = RecipientPolicy { plugins: vec!["/opt/age-plugin-pq".into()], ..RecipientPolicy::default() };
        if cfg!(unix) {
            assert!(Recipient::parse(&bech32_text("age1pq", &[1; 32]), &policy).unwrap().is_post_quantum());
        }
        assert!(!parse(ALICE).unwrap().is_post_quantum());
        assert!(!parse(TAG).unwrap().is_post_quantum());
    }

    #[test]
    fn the_same_recipient_twice_is_one() {
        let twice = [ALICE, TAG, &ALICE.to_uppercase()].map(|text| parse(text).unwrap());
        let once: Vec<_> = deduplicated(&twice).into_iter().map(Recipient::as_str).collect();
        assert_eq!(once, [ALICE, TAG]);
    }
}
