//! Comparison with the last accepted state, and what of it the ledger keeps.

pub mod action;
pub mod block;
pub mod change;
pub mod fingerprint;
pub mod shown;
