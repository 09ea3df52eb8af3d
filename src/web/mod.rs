//! The dashboard and the API, which the daemon serves over HTTP. Pages and API call [`crate::operations`], as the command
//! line does; what acts on files goes to the daemon by way of the ledger ([`crate::operations::dispatch()`]).
//!
//! The server has a thread and a runtime of its own ([`server`]). Handlers are asynchronous, operations are not: each of
//! them is called on a thread that may block ([`app`]), at a lower priority than the runs.
//!
//! Every route stands with the right that it requires in one table ([`router`], [`pages`]); the same table is what the tests walk.

mod api;
mod app;
mod assets;
mod description;
mod download;
mod failure;
mod failure_page;
mod fields;
mod flash;
mod guard;
mod headers;
mod layout;
mod live;
mod pages;
mod pictures;
mod request;
mod router;
mod routes;
mod server;
mod upload;

#[cfg(test)]
mod tests;

pub(crate) use server::{WEB_THREAD, WebServer};
