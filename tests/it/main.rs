//! One integration-test binary: tests drive the real program, each in a folder of its own.

mod architecture;
mod codes;
mod control_records;
mod dress;
mod faults;
mod found;
mod leak;
mod people;
mod round_trip;
mod scenario;
mod steps;
mod sums;
