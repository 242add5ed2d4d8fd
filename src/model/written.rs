//! Types that are a text: enums of words, and names.

/// Declares an enum each of whose variants is written as one word, and only as that.
macro_rules! words {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident, $error:ident {
            $($(#[$documentation:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $visibility enum $name {
            $($(#[$documentation])* $variant,)+
        }

        impl $name {
            /// All of them, in order.
            pub(crate) const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word for it.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(word: &str) -> Result<Self, $error> {
                Self::ALL.into_iter().find(|known| known.as_str() == word).ok_or($error)
            }
        }
    };
}

/// How the names among these types, each a `String` that was checked, are read and shown.
macro_rules! shown_as_text {
    ($($name:ident),+) => {$(
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

pub(crate) use {shown_as_text, words};

/// A text that is none of the words of an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of the words that are known here")]
pub struct UnknownWord;

#[cfg(test)]
mod tests {
    use super::*;

    words! {
        #[derive(Default)]
        enum Answer, UnknownWord {
            #[default]
            Yes = "yes",
            No = "no, never",
        }
    }

    #[test]
    fn a_word_is_read_as_it_is_written_and_nothing_else_is() {
        assert_eq!(Answer::ALL.map(|answer| answer.to_string().parse()), [Ok(Answer::Yes), Ok(Answer::No)]);
        assert_eq!(["", "Yes", " yes", "no"].map(str::parse::<Answer>), [Err(UnknownWord); 4]);
        assert_eq!(Answer::default().as_str(), "yes");
    }
}
