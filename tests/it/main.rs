//! One integration-test binary.

mod steps;
