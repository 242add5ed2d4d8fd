//! Data types of parameters: how a value is checked when it is put (parameter-store §3).

use super::parameter_type::ParameterType;
use super::syntax;
use crate::model::written::words;

words! {
    /// A parameter's data type. Reading always returns text; the type only restricts what may be put.
    ///
    /// AWS does not publish the exact syntax it accepts; each variant states what is accepted here.
    #[derive(Default)]
    pub enum DataType, DataTypeError {
        /// No check.
        #[default]
        Text = "text",
        /// The id of a machine image: `ami-` and 8 to 17 lower-case hexadecimal digits. Its existence is not checked.
        Ec2Image = "aws:ec2:image",
        /// The settings of an integration, in any form; `SecureString` only.
        SsmIntegration = "aws:ssm:integration",
        /// A region's code, such as `eu-central-1`. Its existence is not checked.
        Region = "aws:region",
        /// An account's number: 12 digits.
        AccountId = "aws:account:id",
        /// `true` or `false`, in lower case.
        Boolean = "boolean",
        /// Decimal digits without leading zeros, `-` before them if need be; of any size.
        Integer = "integer",
        /// A decimal number with an optional exponent that a 64-bit float can hold; neither `NaN` nor `inf`.
        Float = "float",
        /// Base64 with padding, in the standard alphabet.
        Binary = "binary",
        /// Levels of letters, digits and inner hyphens, 253 characters at most, the last not all digits.
        Hostname = "hostname",
        /// `local@hostname`, without quotes, comments or characters beyond ASCII.
        Email = "email",
        /// Four decimal numbers, without leading zeros.
        Ipv4Address = "ipv4-address",
        /// RFC 4291 text, without a zone.
        Ipv6Address = "ipv6-address",
        /// `scheme://…` with a host, in ASCII, without spaces (RFC 3986). Advanced tier.
        Url = "url",
        /// One JSON text (RFC 8259). Advanced tier.
        Json = "json",
        /// JSON with `//` and `/* */` comments, and nothing else beyond JSON. Advanced tier.
        Jsonc = "jsonc",
    }
}

/// A text that is not a data type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a data type; valid types are {}", DataType::ALL.map(DataType::as_str).join(", "))]
pub struct DataTypeError;

impl DataType {
    /// What needs the Advanced tier, in words, if this data type does.
    pub(crate) fn needs_advanced(self) -> Option<&'static str> {
        match self {
            DataType::Url => Some("the data type url"),
            DataType::Json => Some("the data type json"),
            DataType::Jsonc => Some("the data type jsonc"),
            _ => None,
        }
    }

    /// Whether a parameter of this data type keeps it permanently, and no other parameter can change to it.
    pub(crate) fn is_fixed(self) -> bool {
        matches!(self, DataType::Ec2Image | DataType::SsmIntegration)
    }

    /// JSON has commas of its own, an image is one image, and integrations hold credentials.
    pub(super) fn suits(self, kind: ParameterType) -> bool {
        match self {
            DataType::Json | DataType::Jsonc | DataType::Ec2Image => kind != ParameterType::StringList,
            DataType::SsmIntegration => kind == ParameterType::SecureString,
            _ => true,
        }
    }

    pub(super) fn accepts(self, text: &str) -> bool {
        match self {
            DataType::Text | DataType::SsmIntegration => true,
            DataType::Ec2Image => syntax::is_image(text),
            DataType::Region => syntax::is_region(text),
            DataType::AccountId => text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()),
            DataType::Boolean => matches!(text, "true" | "false"),
            DataType::Integer => syntax::is_integer(text),
            DataType::Float => syntax::is_float(text),
            DataType::Binary => syntax::is_base64(text),
            DataType::Hostname => syntax::is_hostname(text),
            DataType::Email => syntax::is_email(text),
            DataType::Ipv4Address => text.parse::<std::net::Ipv4Addr>().is_ok(),
            DataType::Ipv6Address => text.parse::<std::net::Ipv6Addr>().is_ok(),
            DataType::Url => syntax::is_url(text),
            DataType::Json => syntax::is_json(text),
            DataType::Jsonc => syntax::is_jsonc(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_and_others_are_told_which_exist() {
        for data_type in DataType::ALL {
            assert_eq!(data_type.as_str().parse(), Ok(data_type));
        }
        let error = "JSON".parse::<DataType>().unwrap_err().to_string();
        assert!(error.contains("text, aws:ec2:image") && error.contains("jsonc"), "{error}");
    }
}
