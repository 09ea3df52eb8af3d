//! Feedgate: the gate every employee-benefits file passes.
//!
//! Carriers and HR systems drop **demographic** files (HR system → benefits platform) and **deduction** files
//! (benefits platform or carrier → payroll) into inbound folders. Feedgate checks every record and writes output
//! files, error files, rejects files and receipts into outbound folders; the ledger remembers every run.
//!
//! # Architecture
//!
//! A *file* is claimed, processed, delivered, archived; the ledger is written before each step.
//! A *record* is read, selected, validated (bytes become types), matched, judged by rules, compared, written.
//! The record path is pure functions over bytes; the file path is renames and one database.
//! The two meet in one function, [`process::process`]. Read `process/mod.rs` and `run/execution.rs` first.
//! `docs/architecture.md` shows how a file and a record move, and which file to open for which change.
//!
//! The modules stand on floors. A module uses lower floors only; neighbours on a floor that is marked so don't know
//! each other. A test reads the sources and keeps it that way.
//!
//! | floor | modules | what they may do |
//! |---|---|---|
//! | 0 | [`domain`] | words: types without effects |
//! | 1 | [`mod@format`] | bytes ↔ records, never a path |
//! | 2 | [`validate`], [`select`], [`matching`], [`rules`], [`compare`], [`schedule`] | judgement: pure, the date is an argument |
//! | 3 | [`changeset`] | what a run stores, as bytes |
//! | 4 | [`process`] | one file from first byte to totals, still pure |
//! | 5 | [`config`], [`ledger`], [`spool`], [`transport`] | the configuration; the only SQL; the only renames; the only network. Neighbours don't know each other |
//! | 6 | [`site`] | a site: its ledger, key, locks and caches, and what every step on it needs |
//! | 7 | [`intake`] | the files that wait: which are taken, in which order, and why they wait |
//! | 8 | [`run`] | one run: the order of effects |
//! | 9 | [`status`], [`transfer`], [`notices`] | the status of a site; fetches source files from elsewhere and sends published ones; tells people what needs them. Neighbours don't know each other |
//! | 10 | [`operations`] | the verbs of the product, typed: what the command line prints and the dashboard shows |
//! | 11 | [`web`] | the dashboard and the API: reads requests, calls operations, shows pages |
//! | 12 | [`daemon`] | watches, keeps time, decides what runs; its effects are the runs' and those of transfers; serves the dashboard |
//! | 13 | [`cli`] | parses arguments, calls operations, prints |
//!
//! # What holds everywhere
//!
//! - Reading a record never fails: it yields values or findings. Only a file can fail ([`format::FileFault`]).
//! - A bad record is data, a bad file ends its run, a failed place is an error for the caller ([`site::RunError`]).
//! - Every record ends in one bucket ([`domain::Bucket`]); [`domain::Totals::close`] is asserted before anything
//!   is written down, and the ledger's table has the same law as a CHECK.
//! - Nothing of a run is visible before its one transaction commits; everything after it can be repeated
//!   ([`run`], [`spool::Disk`]).
//! - No record value can be formatted into an error or a log: [`domain::Ssn`] and [`validate::Value`] show their
//!   shape only, errors carry places and codes, the ledger keeps keyed hashes ([`domain::keyed_hash`]), and the IDs
//!   that it has to give back encrypted ([`domain::value_cipher`]).
//! - Memory doesn't grow with the file: chunks of about half a MiB, and one small entry per key
//!   ([`matching::duplicates`], [`matching::roster`]).
//! - Every finding has one explanation, for people and for error files ([`domain::explanation`]):
//!
//! ```
//! use feedgate::internal::domain::{Code, explanation::explain};
//!
//! assert_eq!(Code::parse("SSN_AREA"), Some(Code::SsnArea));
//! assert!(explain(Code::SsnArea).fix.contains("Social Security card"));
//! ```
//!
//! - Every limit has a name ([`format::fault::limit`], `config` `[limits]`).

// Pedantic lints are for the product: casts of small numbers and the like are clear in tests.
#![cfg_attr(test, allow(clippy::pedantic))]

// What tests share with the integration tests names the program as those do.
#[cfg(test)]
extern crate self as feedgate;

/// How tests that a machine can't run are counted.
#[cfg(test)]
#[path = "../tests/support/skipped.rs"]
mod skipped;

// Floor 0: words.
mod domain;
// Floor 1: bytes and records.
mod format;
// Floor 2: judgement, pure.
mod compare;
mod matching;
mod rules;
mod schedule;
mod select;
mod validate;
// Floor 3: what a run stores.
mod changeset;
// Floor 4: one file.
mod process;
// Floor 5: places and papers; neighbours don't know each other.
mod config;
mod ledger;
mod spool;
mod transport;
// Floor 6: a site.
mod site;
// Floor 7: the files that wait.
mod intake;
// Floor 8: runs, the order of effects.
mod run;
// Floor 9: the status of a site; transfer to and from other servers; notices to people.
mod notices;
mod status;
mod transfer;
// Floor 10: the verbs.
mod operations;
// Floor 11: pages.
mod web;
// Floor 12: the daemon.
mod daemon;
// Floor 13: commands.
#[warn(missing_docs)]
pub mod cli;

#[doc(hidden)]
pub mod internal;
