//! The files of an integration before they are taken: what its inbound folder holds, which of it is its own,
//! in which order the files go, and why they wait.

mod arrivals;
mod corrections;
mod inbound;
mod inbox;
mod plan_year_order;
mod plan_year_peek;
mod queue;
mod source_file;
mod waits;

pub(crate) use arrivals::{collect, count_queued, new_arrival, queued};
pub(crate) use corrections::{
    FileNames, OTHER_NAME, corrected, correction_parameters, named_run, split_from,
};
pub(crate) use inbound::{Inbound, Now, tracker};
pub(crate) use inbox::{IncomingFile, Sorted, file_in_order, look, named_path, run_in_order, sort};
pub(crate) use queue::Queue;
pub(crate) use source_file::{SourceFile, archive_path, archived_source, survey_start};
pub(crate) use waits::{
    Starter, after, disk_full, next_run, pause_on, runs_integration, schedule_next, what_keeps,
};
