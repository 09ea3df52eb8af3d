//! Comparison with the last accepted state, and what of it the ledger keeps.

pub(crate) mod action;
pub(crate) mod block;
pub(crate) mod change;
pub(crate) mod fingerprint;
pub(crate) mod shown;
