//! One conformance suite for every implementation of a place: a local folder, one in memory, and SFTP over SSH to a
//! real `sshd`.

mod local;
mod memory;
mod ssh;
#[path = "../../support/place_suite.rs"]
mod suite;
