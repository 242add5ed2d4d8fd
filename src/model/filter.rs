//! (filter)
