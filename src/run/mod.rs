//! Runs, and the order of their effects.
//!
//! `execution` takes one file through its run; it and [`crate::process`] together are the core of the product.

mod collecting;
mod command;
mod correction_answer;
mod correction_drafts;
mod drafts;
mod earlier_run;
mod execution;
mod judge;
mod known_accounts;
mod memory_io;
mod name_not_taken;
mod outbound_retention;
mod publications;
mod publish;
mod received;
mod recover;
mod result;
mod retention;
mod run_io;

pub(crate) use collecting::{collect_files, collect_named};
pub(crate) use command::RosterAct;
pub use command::{Command, RunRequest};
pub(crate) use correction_answer::{is_wanted, write_answer};
pub(crate) use execution::{RunExecution, RunStart, step};
pub(crate) use judge::{FileToJudge, FileVerdict};
pub(crate) use memory_io::MemoryIo;
pub(crate) use name_not_taken::{answer_other_names, first_told, has_drafts};
pub(crate) use publications::{
    SourceContent, publications, rejects_for_people, stem_and_extension, write_receipt,
};
pub(crate) use publish::outgoing;
pub(crate) use received::{ReceivedFile, answer_received};
pub(crate) use recover::recover;
pub(crate) use result::{end_date, foretell};
pub use retention::{Retired, purge};
pub(crate) use run_io::{DryRunIo, WorkFiles, lock};
