//! One integration-test binary: every test drives the real program in a folder of its own.

mod codes;
mod dress;
mod faults;
mod leak;
mod people;
mod round_trip;
mod scenario;
mod sums;
