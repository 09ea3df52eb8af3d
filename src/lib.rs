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
