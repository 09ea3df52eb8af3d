//! Servers of others.

mod server;
