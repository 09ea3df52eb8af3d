//! Transfers between a site and a server in memory.

mod bench;
mod endpoint_state;
mod interruptions;
mod kept_files;
mod pulling;
mod pushing;
mod retargeting;
mod trouble;
mod unreliable;
