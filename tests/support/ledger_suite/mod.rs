//! What every ledger does, whatever stores it. Each backend runs all of it through [`ledger_suite!`].
//!
//! The parts know the traits of `ledger/roles.rs` only. What holds for one way of storing alone (the form of its file,
//! damage, versions, what is left in the file of what was forgotten) is tested beside the backend.

pub(super) mod commands;
pub(super) mod commit;
pub(super) mod events;
pub(super) mod history;
pub(super) mod lists;
pub(super) mod processes;
pub(super) mod retention;
pub(super) mod rosters;
pub(super) mod runs;
pub(super) mod search;
pub(super) mod trails;
pub(super) mod transfers;
pub(super) mod users;

use crate::changeset::change::{Change, ChangeReader, ChangeWriter};
use crate::changeset::search_words::SearchWords;
use crate::changeset::shown::{self, KeptField};
use crate::domain::parameters::GivenParameters;
use crate::domain::{
    Cents, Code, Finding, Kind, Parameters, Published, ReferenceId, RunStatus, RunSummary, Severity,
};
use crate::ledger::runs::history::Baseline;
use crate::ledger::runs::purge::Purged;
use crate::ledger::*;
use crate::matching::accounts::AccountState;
use crate::matching::deductions::{DeductionState, Deductions, key};
use crate::matching::roster::{Employee, Version};
use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta};
use std::io::{self, Read};
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

/// A ledger that is empty at first.
pub(super) trait Backend {
    /// Opens it for work, as often as it is called: each time like another process.
    fn open(&self) -> Box<dyn Ledger>;
    /// Opens it for reading only.
    fn open_for_reading(&self) -> Box<dyn Ledger>;
    /// Another empty one.
    fn another(&self) -> Box<dyn Backend>;
}

/// One test for each promise, on a ledger of its own that `$backend` makes.
macro_rules! ledger_suite {
    ($backend:expr) => {
        ledger_suite! { $backend;
            runs: counts_through_the_day_and_never_goes_back, the_row_tells_everything_that_was_given,
                a_held_run_waits_is_released_and_ends, an_abandoned_run_is_failed_with_its_reason,
                imported_years_are_of_runs_that_took_records,
                a_day_is_the_site_s_day_also_where_clocks_change, findings_come_back_in_order,
                open_until_a_later_run_closes_it, a_person_dismisses_open_rejections_of_one_run;
            history: bytes_are_taken_once_but_not_by_failures_tests_and_duplicates,
                a_corrected_file_is_no_duplicate_of_its_corrections,
                the_watermark_is_the_newest_change_that_is_not_ahead,
                the_baseline_is_the_last_file_with_records,
                an_initial_import_takes_the_whole_file_or_a_given_start,
                runs_are_listed_newest_first_and_filtered;
            lists: a_failure_is_open_until_a_file_of_its_source_is_taken, what_a_person_refuses_needs_nobody,
                open_rejections_are_counted_as_they_open_and_close, runs_are_found_by_a_code_with_other_filters,
                a_later_page_goes_on_where_the_one_before_ended, what_runs_did_is_added_up_once_and_outlives_them,
                every_change_that_people_see_is_counted, runs_around_a_run_are_found,
                events_are_paged_and_limited_to_integrations;
            retention: an_old_run_goes_with_its_rows_but_its_number_name_and_bytes_stay_known,
                what_took_nothing_is_not_taken_after_the_purge_either,
                a_reference_id_is_never_given_twice, what_later_runs_look_back_at_stays,
                a_run_with_more_rows_than_a_transaction_takes_goes_all_the_same;
            commit: the_result_is_read_back_whole, everything_of_a_commit_is_there_or_nothing,
                nothing_is_written_when_the_sums_do_not_close,
                a_second_commit_of_a_released_run_replaces_the_first,
                what_an_earlier_commit_closed_is_open_again_unless_it_closes_it_again,
                another_runs_summary_is_refused, changes_to_what_is_no_more_roll_everything_back,
                a_damaged_or_cut_stream_writes_nothing;
            rosters: rosters_are_kept_apart_and_found_by_hash,
                a_roster_of_another_ledger_is_loaded_anew, kept_by_integration_and_found_by_subscriber,
                a_name_keeps_its_number, entries_of_one_person_are_linked,
                a_removed_entry_is_known_to_no_reader_and_is_restored_until_a_run_changes_the_roster,
                an_account_is_one_persons_until_it_passes_on_or_the_link_is_ended;
            search: what_is_found_is_what_reading_everybody_finds, a_rewritten_roster_is_indexed_once_more;
            trails: the_columns_that_changed_are_told_also_after_a_purge,
                old_entries_go_but_for_the_last_of_each_employee;
            commands: a_request_is_taken_or_withdrawn_and_answered_once,
                a_request_that_is_given_back_waits_again, only_old_answers_are_forgotten,
                one_offs_wait_in_the_order_of_their_times_and_end_once,
                a_pause_is_replaced_listed_and_ended_each_with_its_event;
            transfers: a_file_goes_its_way_and_is_forgotten,
                what_is_kept_is_remembered_without_its_name_while_it_is_listed,
                files_are_sent_once_their_run_is_past_its_delivery,
                a_later_version_takes_the_place_of_one_that_was_not_sent_and_stands_beside_one_that_was,
                what_was_refused_or_given_up_is_tried_again_when_a_person_says_so,
                waiting_files_are_sent_elsewhere_but_not_those_that_may_be_there,
                endpoints_with_work_are_those_with_files_in_either_direction,
                what_is_known_of_an_endpoint_is_read_back, troubles_are_those_of_the_last_attempts;
            users: a_user_is_added_once_and_read_back, a_link_is_used_once_and_replaced_by_the_next,
                sessions_are_found_by_their_cookies_until_they_end, steps_and_codes_are_taken_once,
                a_token_is_found_until_it_is_revoked, failed_attempts_count_until_they_are_forgiven,
                a_copy_of_the_ledger_opens_no_door;
            events: the_newest_event_comes_first_and_a_filter_leaves_what_it_names,
                an_event_that_is_told_once_is_told_again_for_another_reason_or_on_another_day,
                a_mark_is_kept_to_the_microsecond, events_and_marks_are_written_together;
            processes: what_one_writes_the_others_see_and_a_later_one_too,
                one_that_only_reads_changes_nothing, a_reader_sees_no_part_of_a_commit_under_way,
                a_second_writer_waits_for_its_patience_and_is_told_that_the_ledger_is_busy,
                of_two_runs_on_the_same_roster_the_second_is_overtaken,
                a_run_is_committed_by_one_of_two_only;
        }
    };
    ($backend:expr; $($role:ident: $($promise:ident),*;)*) => {
        $(mod $role {
            use super::*;
            $(
                #[test]
                fn $promise() {
                    crate::ledger::ledger_suite::$role::$promise(&$backend);
                }
            )*
        })*
    };
}
pub(super) use ledger_suite;

pub(super) static PARAMETERS: LazyLock<Parameters> =
    LazyLock::new(|| GivenParameters::default().complete());

pub(super) fn moment(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).expect("moment")
}

pub(super) fn new_run(integration: &str) -> NewRun<'_> {
    NewRun {
        integration,
        kind: Kind::Demographic,
        process_name: None,
        user: "scheduler",
        run_name: None,
        parameters: &PARAMETERS,
        start: moment("2026-11-20T05:30:12-05:00"),
        arrived: None,
        origin: Origin::None,
        arrival: None,
        source_path: None,
        source_name: None,
        resubmission_of: None,
        rerun_of: None,
        configuration_fingerprint: "0123456789abcdef",
        test: false,
        unattended: false,
    }
}

/// A summary that closes: `accepted` records created, `rejected` rejected.
pub(super) fn summary(run: &RunRow, status: RunStatus, accepted: u64, rejected: u64) -> RunSummary {
    let mut summary = run.fresh_summary();
    summary.status = status;
    summary.end_date = Some("2026-11-20T05:30:13-05:00".into());
    summary.records_processed = accepted + rejected;
    summary.records_accepted = accepted;
    summary.records_created = accepted;
    summary.errors = rejected;
    summary
}

pub(super) fn committed(summary: &RunSummary) -> Committed<'_> {
    Committed {
        summary,
        state: RunState::Delivering,
        watermark: None,
        publications: &[],
        outbox: &[],
        disposal: None,
        hold: &[],
        event: None,
    }
}

/// A run from begin to close without changes.
pub(super) fn whole_run(ledger: &mut dyn Ledger, new: &NewRun<'_>, status: RunStatus) -> RunRow {
    let run = ledger.begin(new).expect("run");
    let summary = summary(&run, status, 1, 1);
    ledger
        .commit(run.number, &committed(&summary), None, "main")
        .expect("committed");
    ledger.close(run.number).expect("closed");
    stored(ledger, &run)
}

/// A run as the ledger has it now.
pub(super) fn stored(ledger: &dyn Ledger, run: &RunRow) -> RunRow {
    let found = ledger.run(&run.reference).expect("read");
    found.expect("there")
}

/// Commits a run with the bytes of a change file, its employees in the roster `main`.
pub(super) fn commit(
    ledger: &mut dyn Ledger,
    number: u32,
    result: &Committed<'_>,
    changes: &[u8],
) -> Result<(), LedgerError> {
    ledger.commit(
        number,
        result,
        Some(&mut ChangeReader::new(changes)),
        "main",
    )
}

/// The bytes of a change file, of a run that knew of no employees and deductions.
pub(super) fn changes(all: &[Change<'_>]) -> Vec<u8> {
    changes_to(Version::default(), all)
}

/// The bytes of a change file, of a run that knew this version.
pub(super) fn changes_to(base: Version, all: &[Change<'_>]) -> Vec<u8> {
    let mut writer = ChangeWriter::new(Vec::new()).based_on(base);
    for change in all {
        writer.write(change).expect("memory");
    }
    writer.finish().expect("memory")
}

/// The stored form of a made-up employee.
pub(super) fn employee(subject: u64, name: &str) -> Vec<u8> {
    let mut state = Vec::new();
    let employee = Employee {
        subscriber_hash: subject,
        content: subject + 1,
        ssn: subject + 2,
        username: subject + 3,
        run: 1,
        terminated: Employee::OPEN,
        ..Employee::default()
    };
    employee.store(&mut state);
    shown::push(&mut state, name.as_bytes());
    state
}
