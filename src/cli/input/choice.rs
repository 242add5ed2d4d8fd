//! Options with a few values, each of which stands for something that the rest of the program has.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// The words that an option takes, each with its help, which may be empty, and what it stands for.
pub(crate) fn choice<T: Copy + Send + Sync + 'static>(
    words: &'static [(&'static str, &'static str, T)],
) -> impl TypedValueParser<Value = T> {
    let values = words.iter().map(|(word, help, _)| match *help {
        "" => PossibleValue::new(*word),
        help => PossibleValue::new(*word).help(help),
    });
    PossibleValuesParser::new(values).try_map(|given| {
        let found = words.iter().find(|(word, ..)| *word == given);
        found.map(|(.., meaning)| *meaning).ok_or("no such value")
    })
}

/// The word that stands for it.
pub(crate) fn word_of<T: PartialEq>(words: &[(&'static str, &'static str, T)], meaning: &T) -> &'static str {
    words.iter().find(|(.., it)| it == meaning).map_or("", |(word, ..)| *word)
}
