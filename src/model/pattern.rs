//! (pattern)
