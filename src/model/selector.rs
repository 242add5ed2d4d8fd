//! (selector)
