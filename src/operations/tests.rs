//! Tests of operations from their first step to their last.

mod corrections;
mod file_lists;
mod many_runs;
mod notices;
mod open_enrollment;
mod pages;
mod schedules;
mod site_state;
mod sync;
mod test_site;
mod uploads;

/// The throw-away mail and web servers.
#[path = "../../tests/support/receivers.rs"]
mod receivers;
