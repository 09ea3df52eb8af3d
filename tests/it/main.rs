//! One integration-test binary: tests drive the real program, each in a folder of its own.

mod codes;
mod dress;
mod faults;
mod leak;
mod people;
mod rejects;
mod round_trip;
mod scenario;
mod steps;
mod sums;
