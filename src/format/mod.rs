//! Bytes ↔ records. Generic over bytes; no path, no clock.

pub(crate) mod amount;
pub(crate) mod cell;
pub(crate) mod chunk;
pub(crate) mod clean;
pub(crate) mod control;
pub(crate) mod csv_rows;
pub(crate) mod delimiter;
pub(crate) mod dialect;
pub(crate) mod digits;
pub(crate) mod encoding;
pub(crate) mod error_file;
pub(crate) mod fault;
pub(crate) mod fields;
pub(crate) mod foreign;
pub(crate) mod header;
mod index;
pub(crate) mod layout;
pub(crate) mod lines;
pub(crate) mod output;
pub(crate) mod receipt;
pub(crate) mod replaced_fields;
#[cfg(test)]
#[path = "../../tests/support/slow_reader.rs"]
mod slow_reader;
pub(crate) mod spans;
pub(crate) mod split;
pub(crate) mod survey;
pub(crate) mod tail;

pub use chunk::{Chunk, ChunkReader};
pub use encoding::Encoding;
pub(crate) use fault::FileFault;
pub(crate) use fields::Fields;
pub use layout::Layout;
