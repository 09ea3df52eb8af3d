//! Comparison with the last accepted state, and what of it the ledger keeps.

pub mod change;
pub mod shown;
