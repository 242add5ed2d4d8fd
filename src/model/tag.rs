//! (tag)
