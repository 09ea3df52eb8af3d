//! Transfer. Fetches source files from remote servers into inbound folders and sends published files to
//! servers, each exactly once: the order of effects between a [`crate::transport::Place`], the ledger and the disk.
//!
//! A fetched file: durable in the work folder → ledger `arrived` → renamed into inbound → ledger `ours` → deleted or
//! moved on the server → forgotten. A sent file: in the outbox with the run's result, a copy of its bytes kept beside it
//! → uploaded as `.NAME.<reference ID>.part` → ledger `renaming` → renamed on the server → ledger `sent`. A round that
//! is interrupted at any point is continued by the next one, from the ledger alone.
//!
//! A [`Courier`] works on one endpoint in rounds; its `scheduler` decides what is due. The steps of a round are functions
//! on a `Session`. They report what kept single files back; the reports go into the round's trouble book (`trouble`),
//! which is written to the ledger once, after the work at the server.

mod backoff;
mod cleanup;
mod connect;
mod courier;
mod endpoint_health;
mod fetch;
mod listing;
mod outbox;
mod pull;
mod push;
mod scheduler;
mod send;
mod session;
mod trouble;

pub(crate) use connect::{place, target};
pub use courier::Courier;
pub use session::Round;
