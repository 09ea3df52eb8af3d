//! Feedgate.

// Floor 0: words.
pub mod domain;
// Floor 1: bytes and records.
pub mod format;
// Floor 2: judgement, pure.
pub mod compare;
pub mod matching;
pub mod rules;
pub mod select;
pub mod validate;
// Floor 3: one file.
pub mod process;
// Floor 4: places and papers; neighbours don't know each other.
pub mod config;
pub mod ledger;
pub mod spool;
// Floor 5: the order of effects.
pub mod run;
