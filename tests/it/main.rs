//! One integration-test binary: every test drives the real program in a folder of its own.

mod actions;
mod commands;
mod exit_codes;
mod fixed_width;
mod flows;
mod guards;
mod ledger_recovery;
mod limits;
mod matching;
mod names;
mod omission;
mod parameters;
mod people;
mod plan_years;
mod resubmission;
mod scenario;
mod selection;
mod sets;
mod steps;
