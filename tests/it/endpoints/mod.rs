//! Remote servers: the real daemon and real servers.

mod commands;
mod completeness;
mod everything_at_once;
mod file_names;
mod partner;
mod sending;
mod server;
mod troubles;
mod unresponsive;
