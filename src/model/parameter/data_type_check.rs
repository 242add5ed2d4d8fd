//! Whether a value has the form of its data type (parameter-store §3).

use super::data_type::DataType;
use super::error::ParameterError;
use super::parameter_type::ParameterType;

impl DataType {
    /// Checks a value that is put with this data type. Each item of a list is checked on its own, spaces included.
    pub(crate) fn check(self, kind: ParameterType, value: &str) -> Result<(), ParameterError> {
        if !self.suits(kind) {
            return Err(ParameterError::DataTypeUnsuited { data_type: self, kind });
        }
        let fits = match kind {
            ParameterType::StringList => value.split(',').all(|item| self.accepts(item)),
            ParameterType::String | ParameterType::SecureString => self.accepts(value),
        };
        if fits { Ok(()) } else { Err(ParameterError::InvalidValueForDataType { data_type: self }) }
    }
}

#[cfg(test)]
mod tests {
    use ParameterType::{SecureString, String, StringList};

    use super::*;

    #[test]
    fn every_item_of_a_list_is_checked() {
        assert_eq!(DataType::Integer.check(StringList, "1,-2,3"), Ok(()));
        let invalid = Err(ParameterError::InvalidValueForDataType { data_type: DataType::Integer });
        assert_eq!(DataType::Integer.check(StringList, "1,two"), invalid);
        assert_eq!(DataType::Integer.check(StringList, "1,,2"), invalid);
        assert_eq!(DataType::Integer.check(String, "1,2"), invalid);
    }

    #[test]
    fn some_data_types_do_not_suit_every_type() {
        let unsuited = |data_type: DataType, kind| {
            matches!(data_type.check(kind, "{}"), Err(ParameterError::DataTypeUnsuited { .. }))
        };
        assert!(unsuited(DataType::Json, StringList));
        assert!(!unsuited(DataType::Json, SecureString));
        assert!(unsuited(DataType::SsmIntegration, String));
        assert!(!unsuited(DataType::SsmIntegration, SecureString));
    }

    #[test]
    fn each_data_type_tells_its_values_from_others() {
        for (data_type, good, bad) in [
            (DataType::Ec2Image, "ami-0abcdef12", "ami-xyz"),
            (DataType::Region, "us-gov-west-1", "moon"),
            (DataType::AccountId, "012345678901", "1234"),
            (DataType::Boolean, "true", "True"),
            (DataType::Integer, "-12", "1.5"),
            (DataType::Float, "-1.5e3", "NaN"),
            (DataType::Binary, "AAE=", "AAE"),
            (DataType::Hostname, "db.example.com", "db_1"),
            (DataType::Email, "ana@example.com", "ana"),
            (DataType::Ipv4Address, "10.0.0.1", "10.0.0.256"),
            (DataType::Ipv6Address, "fe80::1", "fe80::1%eth0"),
            (DataType::Url, "https://example.com/a?b#c", "example.com"),
            (DataType::Json, r#"{"a":[1]}"#, r#"{"a":[1]} // x"#),
            (DataType::Jsonc, r#"{"a":[1]} // x"#, "{a:1}"),
        ] {
            assert_eq!(data_type.check(SecureString, good), Ok(()), "{data_type}");
            let invalid = Err(ParameterError::InvalidValueForDataType { data_type });
            assert_eq!(data_type.check(SecureString, bad), invalid, "{data_type}");
        }
    }
}
