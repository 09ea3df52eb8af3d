//! Floor 6: transfer. It fetches source files from servers of others into inbound folders and sends published files
//! to them, each once: the order of effects between a [`crate::transport::Place`], the ledger and the disk.
//!
//! A file that is fetched: durable in the work folder → ledger `arrived` → renamed into inbound → ledger `ours` → deleted
//! or moved on the server → forgotten. A file that is sent: in the outbox with the run's result, its bytes kept beside →
//! uploaded as `.NAME.<reference ID>.part` → ledger `renaming` → renamed there → ledger `sent`. A round that was stopped
//! anywhere is gone on with by the next one, from the ledger alone.

mod backoff;
mod cleanup;
mod connect;
mod content_match;
mod deliver;
mod endpoint_fingerprint;
mod endpoint_health;
mod fetch;
mod listing;
mod outbox;
mod pull;
mod push;
mod retarget;
mod round;
mod scheduler;
mod send;
mod session;
mod stop_reason;
mod trouble;

pub(crate) use connect::{place, target};
pub use round::{Courier, Round};
