//! One integration-test binary: tests drive the real program, each in a folder of its own.

// Pedantic lints are for the product: casts of small numbers and the like are clear in tests.
#![allow(clippy::pedantic)]

mod actions;
mod architecture;
mod bad_files;
mod clock;
mod codes;
mod columns_gone;
mod commands;
mod control_records;
mod correction_answers;
mod cross_references;
mod daemon;
mod date_forms;
mod decimals;
mod deductions_over_time;
mod demo;
mod dispatch;
mod docs;
mod encodings;
mod endpoints;
mod error_files;
mod exit_codes;
mod file_ends;
mod file_names;
mod fixed_width;
mod flows;
mod folders;
mod foreign_formats;
mod fuzz_corpus;
mod guards;
mod hostile_inbound;
mod identities;
mod identity_moves;
mod inbound_model;
mod inbound_races;
mod initial_import;
mod input_formats;
mod interruptions;
mod layouts;
mod leak;
mod ledger_recovery;
mod limits;
mod long_files;
mod matching;
#[path = "../support/memory/mod.rs"]
mod memory;
mod names_not_taken;
mod new_senders;
mod notations;
mod omission;
mod one_time_runs;
mod orphaned_runs;
mod parameters;
mod pauses;
mod people;
mod placeholders;
mod places;
mod plan_year_split;
mod plan_years;
mod positions;
mod quotes;
mod real_files;
mod record_accounting;
mod record_shapes;
mod rehires;
mod rejects;
mod reruns;
mod resubmission;
mod retention;
mod round_trip;
mod row_filters;
mod scenario;
mod scheduled_runs;
mod second_jobs;
mod selection;
mod set_aside;
mod sets;
mod sftp_server;
mod site_folder;
#[path = "../support/skipped.rs"]
mod skipped;
#[path = "../support/sqlite_ledger.rs"]
mod sqlite_ledger;
#[path = "../support/sshd.rs"]
mod sshd;
mod ssn_as_id;
mod status;
mod summaries;
mod template;
mod test_employees;
mod transfer;
mod unseen_characters;
mod workers;
mod year_order;
