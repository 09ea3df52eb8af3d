//! Remote servers: the real daemon and real servers.

mod after;
mod commands;
mod names;
mod partner;
mod sending;
mod server;
mod silent;
mod torment;
mod troubles;
