//! A parameter that was a `SecureString` and is none any more.

use super::parameter::Parameter;
use super::parameter_type::ParameterType;
use crate::model::name::MemberName;

/// Whether a put may turn a `SecureString` into plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unsealing {
    /// Refuse.
    #[default]
    Refuse,
    /// The user says so.
    Allow,
}

impl Parameter {
    /// Whether its current value is a `SecureString`.
    pub(crate) fn is_sealed(&self) -> bool {
        self.latest().is_some_and(|latest| latest.parameter_type() == ParameterType::SecureString)
    }

    /// Whether somebody else made plain text of it since the last version of `me`, as far as its versions tell.
    pub(crate) fn was_unsealed_behind(&self, me: &MemberName) -> bool {
        if self.is_sealed() || self.head.by == *me {
            return false;
        }
        for version in self.versions.iter().rev() {
            if version.parameter_type() == ParameterType::SecureString {
                return true;
            }
            if version.by == *me {
                return false;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parameter::sample;

    #[test]
    fn it_counts_what_happened_since_ones_own_version() {
        let (ana, bob): (MemberName, MemberName) = ("ana".parse().unwrap(), "bob".parse().unwrap());
        let sealed = sample::sealed_parameter().versions.remove(0);
        let plain = sample::parameter(1).versions.remove(0);
        let made = |versions: &[(bool, &MemberName)]| {
            let version = |(is_sealed, by): &(bool, &MemberName)| {
                let of = if *is_sealed { &sealed } else { &plain };
                super::super::Version { by: (*by).clone(), ..of.clone() }
            };
            let mut parameter = sample::parameter(1);
            parameter.versions = versions.iter().map(version).collect();
            parameter.head.by = versions.last().unwrap().1.clone();
            parameter
        };
        assert!(made(&[(true, &ana), (false, &bob)]).was_unsealed_behind(&ana));
        assert!(made(&[(true, &bob), (false, &bob)]).was_unsealed_behind(&ana));
        assert!(!made(&[(true, &ana), (false, &bob)]).was_unsealed_behind(&bob));
        assert!(!made(&[(true, &ana), (false, &ana), (false, &bob)]).was_unsealed_behind(&ana));
        assert!(!made(&[(false, &ana), (true, &bob)]).was_unsealed_behind(&ana));
    }
}
