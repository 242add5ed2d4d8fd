//! Versions of a secret with their stages, as a map in JSON (secrets-manager §5).

use serde::{Serialize, Serializer};

use crate::model::secret::Secret;

/// Versions that have a stage, oldest first, including those without a value; each with its stages, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionStages(pub Vec<(String, Vec<String>)>);

impl VersionStages {
    /// The stages of a secret; `None` for one that never had a version.
    pub(crate) fn of(secret: &Secret) -> Option<Self> {
        let staged = secret.versions.iter().filter(|version| !version.stages.is_empty());
        let entries =
            staged.map(|version| (version.id().to_string(), version.stages.iter().map(ToString::to_string).collect()));
        (!secret.versions.is_empty()).then(|| VersionStages(entries.collect()))
    }
}

impl Serialize for VersionStages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(version, stages)| (version, stages)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::sample;

    #[test]
    fn versions_keep_their_order_and_deprecated_ones_are_left_out() {
        let mut secret = sample::secret();
        assert_eq!(VersionStages::of(&secret), None);
        for number in [3, 2, 1] {
            sample::put(&mut secret, number, None);
        }
        let shown = serde_json::to_string(&VersionStages::of(&secret)).unwrap();
        let (previous, current) = (sample::id(2), sample::id(1));
        assert_eq!(shown, format!(r#"{{"{previous}":["AWSPREVIOUS"],"{current}":["AWSCURRENT"]}}"#));
    }
}
