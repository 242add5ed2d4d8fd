//! How strictly older documents are refused.

/// What is done about a document that is older than this machine has seen elsewhere. The stricter one is greater.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// It is used, with a warning: branches, copies and older checkouts are daily work.
    #[default]
    Warn,
    /// It is refused.
    Strict,
}

impl Freshness {
    /// Its name in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Freshness::Warn => "warn",
            Freshness::Strict => "strict",
        }
    }
}

/// Says how strictly older documents are refused. Called only if there is one.
pub type Strictness<'a> = Box<dyn Fn() -> Freshness + Send + Sync + 'a>;
