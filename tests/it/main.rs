//! One integration-test binary.

mod architecture;
mod found;
mod steps;
