//! One suite for every implementation of a place: a folder of this machine, one in memory, and SFTP
//! over SSH to a real `sshd`.

mod local;
mod memory;
mod ssh;
#[path = "../../support/place_suite.rs"]
mod suite;
