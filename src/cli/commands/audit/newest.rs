//! The newest records of several logs, each of which is read from its beginning.

use std::collections::BTreeMap;

use crate::machine::audit::Record;

pub(super) struct Newest {
    most: usize,
    /// By time; those of the same time in the order in which they were read.
    pub(super) records: BTreeMap<(String, usize), Record<'static>>,
    /// How many there are besides.
    pub(super) older: usize,
}

impl Newest {
    /// At most so many.
    pub(super) fn new(most: usize) -> Self {
        Newest { most, records: BTreeMap::new(), older: 0 }
    }

    pub(super) fn add(&mut self, record: &Record<'_>) {
        let read = self.records.len() + self.older;
        self.records.insert((record.time.to_string(), read), record.clone().owned());
        if self.records.len() > self.most {
            self.records.pop_first();
            self.older += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_all_logs_are_kept() {
        let (own, imported) = (["2026-11-03", "2026-11-09", "2026-11-10"], ["2026-11-01", "2026-11-02", "2026-11-09"]);
        let mut newest = Newest::new(3);
        for (log, time) in own.map(|time| ("own", time)).into_iter().chain(imported.map(|time| ("imported", time))) {
            newest.add(&Record { time: time.into(), host: log.into(), ..Record::default() });
        }
        let kept: Vec<_> = newest.records.values().map(|record| (&*record.host, &*record.time)).collect();
        assert_eq!(kept, [("own", "2026-11-09"), ("imported", "2026-11-09"), ("own", "2026-11-10")]);
        assert_eq!(newest.older, 3);
    }
}
