//! Floor 6: the courier. It fetches source files from servers of others into inbound folders and sends published files
//! to them, each once: the order of effects between a [`crate::transport::Place`], the ledger and the disk.
//!
//! A file that is fetched: durable in the work folder → ledger `arrived` → renamed into inbound → ledger `ours` → deleted
//! or moved on the server → forgotten. A file that is sent: in the outbox with the run's result, its bytes kept beside →
//! uploaded as `.NAME.<reference ID>.part` → ledger `renaming` → renamed there → ledger `sent`. A round that was stopped
//! anywhere is gone on with by the next one, from the ledger alone.

mod arrive;
mod backoff;
mod compare;
mod desk;
mod fetch;
mod fingerprint;
mod halt;
mod health;
mod listing;
mod outbox;
mod plan;
mod pull;
mod push;
mod retarget;
mod round;
mod send;
mod server;
mod settle;
mod trouble;

pub use round::{Courier, Round};
pub(crate) use server::{place, target};
