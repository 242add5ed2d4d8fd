//! Instants to the millisecond, as AWS states them. Documents have whole seconds, but their files say when they were written: that is
//! kept while the document is in memory.

use super::answer::Seconds;
use crate::model::id::Uid;
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;

/// A file is written in the second that its document states, or in the next one.
const WITHIN: i64 = 2_000;

/// What an instant of a document is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// The document was created.
    Created,
    /// It was changed last.
    Changed,
    /// A version was written.
    Version(Uid),
}

/// A document with instants.
pub(crate) trait Dated {
    /// The instants that it states.
    fn moments(&self) -> Vec<(Moment, Timestamp)> {
        Vec::new()
    }
}

/// The instants of a document that are known to the millisecond, in order. There are thousands of documents with two or three.
#[derive(Debug, Default)]
pub(super) struct Moments(Box<[(Moment, i64)]>);

impl Moments {
    /// Those of a document whose file was written at this millisecond. What was known before it was written again stays.
    pub(super) fn of(document: &impl Dated, written: Option<i64>, before: Option<&Moments>) -> Self {
        let moments = document.moments();
        // What happened before that, the file does not say: the writing replaced it.
        let newest = moments.iter().map(|(_, stated)| *stated).max();
        let exact = |(moment, stated): (Moment, Timestamp)| {
            let known = before.filter(|_| moment != Moment::Changed).and_then(|before| before.millis(moment, stated));
            let written = written.filter(|millis| Some(stated) == newest && is_near(*millis, stated));
            Some((moment, known.or(written)?))
        };
        let mut moments: Vec<_> = moments.into_iter().filter_map(exact).collect();
        moments.sort_unstable();
        Moments(moments.into())
    }

    /// An instant that the document states, as exactly as it is known.
    pub(super) fn seconds(&self, moment: Moment, stated: Timestamp) -> Seconds {
        self.millis(moment, stated).map_or(stated.into(), Seconds::of_millis)
    }

    fn millis(&self, moment: Moment, stated: Timestamp) -> Option<i64> {
        let at = self.0.binary_search_by_key(&moment, |(moment, _)| *moment).ok()?;
        Some(self.0[at].1).filter(|millis| is_near(*millis, stated))
    }
}

fn is_near(millis: i64, stated: Timestamp) -> bool {
    (0..WITHIN).contains(&(millis - stated.unix() * 1000))
}

impl Dated for Parameter {
    fn moments(&self) -> Vec<(Moment, Timestamp)> {
        let versions = self.versions.iter().map(|version| (Moment::Version(version.uid), version.created));
        [(Moment::Changed, self.head.modified)].into_iter().chain(versions).collect()
    }
}

impl Dated for Secret {
    fn moments(&self) -> Vec<(Moment, Timestamp)> {
        let created = self.created.map(|created| (Moment::Created, created));
        let versions = self.versions.iter().map(|version| (Moment::Version(version.uid), version.created));
        created.into_iter().chain([(Moment::Changed, self.head.modified)]).chain(versions).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::sample;

    fn shown(moments: &Moments, moment: Moment, stated: Timestamp) -> Seconds {
        moments.seconds(moment, stated)
    }

    #[test]
    fn what_was_written_before_keeps_its_milliseconds() {
        let mut secret = sample::secret();
        let created = secret.created.unwrap();
        let begin = created.unix() * 1000;
        let first = Moments::of(&secret, Some(begin + 5), None);
        sample::put(&mut secret, 1, None);
        let version = Moment::Version(secret.versions[0].uid);
        let second = Moments::of(&secret, Some(begin + 900), Some(&first));
        assert_eq!(shown(&second, Moment::Created, created), Seconds::of_millis(begin + 5));
        assert_eq!(shown(&second, Moment::Changed, secret.head.modified), Seconds::of_millis(begin + 900));
        assert_eq!(shown(&second, version, secret.versions[0].created), Seconds::of_millis(begin + 900));
    }

    #[test]
    fn a_file_says_when_the_newest_was_written_and_nothing_else() {
        let mut secret = sample::secret();
        sample::put(&mut secret, 1, None);
        let before = secret.head.modified;
        let newest = Timestamp::from_unix(before.unix() + 1);
        secret.head.modified = newest;
        let written = newest.unix() * 1000 + 5;
        let moments = Moments::of(&secret, Some(written), None);
        assert_eq!(shown(&moments, Moment::Changed, newest), Seconds::of_millis(written));
        assert_eq!(shown(&moments, Moment::Version(secret.versions[0].uid), before), Seconds::from(before));
    }

    #[test]
    fn a_file_of_another_time_says_nothing() {
        let secret = sample::secret();
        let created = secret.created.unwrap();
        for written in [None, Some(created.unix() * 1000 - 1), Some(created.unix() * 1000 + WITHIN)] {
            let moments = Moments::of(&secret, written, None);
            assert_eq!(shown(&moments, Moment::Created, created), Seconds::from(created), "{written:?}");
        }
    }
}
