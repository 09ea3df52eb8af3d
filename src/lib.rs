//! Feedgate.
#![allow(clippy::module_name_repetitions)]

// Floor 0: words.
pub mod domain;
// Floor 2: judgement, pure.
pub mod compare;
pub mod matching;
// Floor 4: the world.
pub mod ledger;
pub mod spool;
