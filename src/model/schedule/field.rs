//! The fields of a cron expression: lists of values, ranges and steps, as sets of bits.

/// What the values of a field are called.
pub(super) struct Scale {
    /// The least value.
    pub(super) lowest: u8,
    /// The greatest value.
    pub(super) highest: u8,
    /// The names of the values, from the least on.
    names: &'static [&'static str],
}

/// Hours of a day.
pub(super) const HOURS: Scale = Scale { lowest: 0, highest: 23, names: &[] };
/// Days of a month.
pub(super) const DATES: Scale = Scale { lowest: 1, highest: 31, names: &[] };
/// Months of a year.
pub(super) const MONTHS: Scale = Scale {
    lowest: 1,
    highest: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
/// Days of a week; Sunday is 1.
pub(super) const WEEKDAYS: Scale =
    Scale { lowest: 1, highest: 7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };

impl Scale {
    /// A value by its number or its name, in capitals.
    pub(super) fn value(&self, text: &str) -> Option<u8> {
        self.name(text).or_else(|| number(text).filter(|value| (self.lowest..=self.highest).contains(value)))
    }

    /// A value by its name.
    pub(super) fn name(&self, text: &str) -> Option<u8> {
        let position = self.names.iter().position(|name| *name == text)?;
        Some(u8::try_from(position).ok()? + self.lowest)
    }

    /// The set that one item of a list stands for: `*`, `3`, `1-5`, and steps `*/2`, `3/2`, `1-5/2`.
    pub(super) fn set(&self, item: &str) -> Option<u32> {
        let (body, step) = match item.split_once('/') {
            Some((body, step)) => (body, Some(number(step).filter(|step| (1..=self.highest).contains(step))?)),
            None => (item, None),
        };
        let (first, last) = match (body, body.split_once('-')) {
            ("*", _) => (self.lowest, self.highest),
            (_, Some((first, last))) => (self.value(first)?, self.value(last)?),
            (_, None) => (self.value(body)?, step.map_or(self.value(body)?, |_| self.highest)),
        };
        let steps = (first..=last).step_by(usize::from(step.unwrap_or(1)));
        (first <= last).then(|| steps.fold(0, |set, value| set | bit(value)))
    }
}

/// The set of one value.
pub(super) fn bit(value: u8) -> u32 {
    1_u32.checked_shl(u32::from(value)).unwrap_or(0)
}

/// A number of digits only; `parse` alone would accept a sign.
pub(super) fn number(text: &str) -> Option<u8> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// A field in capitals and without leading zeros.
pub(super) fn canonical(field: &str) -> String {
    let mut plain = String::new();
    let mut rest = field.chars().peekable();
    let mut in_number = false;
    while let Some(c) = rest.next() {
        let leading = c == '0' && !in_number && rest.peek().is_some_and(char::is_ascii_digit);
        in_number = c.is_ascii_digit() && !leading;
        if !leading {
            plain.push(c.to_ascii_uppercase());
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_values_ranges_and_steps() {
        let values = |scale: &Scale, item| {
            scale.set(item).map(|set| (0..32).filter(|value| set & bit(*value) != 0).collect::<Vec<u8>>())
        };
        assert_eq!(values(&WEEKDAYS, "*").unwrap(), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(values(&WEEKDAYS, "MON-FRI").unwrap(), [2, 3, 4, 5, 6]);
        assert_eq!(values(&WEEKDAYS, "2/2").unwrap(), [2, 4, 6]);
        assert_eq!(values(&MONTHS, "JAN").unwrap(), [1]);
        assert_eq!(values(&MONTHS, "2-9/3").unwrap(), [2, 5, 8]);
        assert_eq!(values(&MONTHS, "*/5").unwrap(), [1, 6, 11]);
        assert_eq!(values(&DATES, "31").unwrap(), [31]);
        assert_eq!(values(&DATES, "1/10").unwrap(), [1, 11, 21, 31]);
        for bad in ["", "0", "32", "5-1", "1-", "-5", "1/0", "1/", "/2", "1/32", "1/2/3", "1-2-3", "JAN", "+1", "a"] {
            assert_eq!(values(&DATES, bad), None, "{bad}");
        }
    }

    #[test]
    fn canonical_fields_keep_zeros_that_mean_something() {
        assert_eq!(canonical("00/08,010,mon#01,100"), "0/8,10,MON#1,100");
    }
}
