//! One integration-test binary: every test drives the real program in a folder of its own.

mod codes;
mod faults;
mod people;
mod scenario;
