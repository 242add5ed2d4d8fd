//! (suggestion)
