//! Comparison with the last accepted state.

pub(crate) mod action;
pub(crate) mod fingerprint;
pub(crate) mod hire_date;
