//! Floor 1: bytes ↔ records. Generic over bytes; no path, no clock.

pub mod cell;
pub mod chunk;
pub mod control;
pub mod digits;
pub mod encoding;
pub mod error_file;
pub mod fault;
pub mod fields;
pub mod index;
pub mod layout;
pub mod output;
pub mod receipt;
pub mod show;
pub mod split;
pub mod survey;

pub use chunk::{Chunk, ChunkReader};
pub use encoding::Encoding;
pub use fault::FileFault;
pub use fields::Fields;
pub use layout::Layout;
