//! What people can do with a site: one function for each verb of the product, with typed arguments and a typed result.
//! The verbs that need the lock of an integration are the variants of [`Command`], which [`dispatch()`] carries out.
//! The command line parses arguments, calls, and prints; it has no logic of its own. The `Serialize` form of a result (of
//! a [`Response`], that of its runs) is what `--json` prints, and nothing else.
//!
//! # What goes to the daemon
//!
//! | verbs | where they take effect | why |
//! |---|---|---|
//! | the variants of [`Command`] | in the daemon, if one runs on the site: the request waits in the ledger's table of requests, the daemon is woken, and the caller waits for its response. Without a daemon, in this process. | They need the lock of the integration, and most of them judge or move files. The daemon holds these locks while it works, decides the order of the files, and limits how many run at once; a second process would be told that the integration is busy. The runs are in the name of the user who asked. |
//! | [`request_runs`] | as [`Command::Run`]; the caller doesn't wait for the end of the runs. | A program asks later how they ended. |
//! | [`pause()`], [`resume`], [`run_later`], [`cancel`] | in the ledger, at once, with their event. The daemon is woken and reads them before it starts anything else. | They say what may start from now on. One transaction is enough, no lock is needed, and they hold whether or not a daemon runs. |
//! | [`transfer()`], [`HostKeys::trust`] | in this process. The daemon is woken afterwards: an endpoint that had stopped continues. | Each endpoint has a lock of its own, so the daemon and a command take turns; where the daemon uses the endpoint, `transfer` is busy or waits. What was pinned is in the file of host keys, which the daemon reads at each connection. |
//! | `correction::edit_draft`, `correction::bring_back` | in this process: drafts of corrections are files of the state folder with a lock of their own. | They hold values of records, which are never in the ledger. |
//! | `correction::submit`, `correction::submit_rows` | in this process, which gives the commands `resubmit` and `dismiss`: in the daemon, if one runs. | The same request again finds the first one. |
//! | [`send_notices`], [`test_notices`] | in this process; only one process sends at a time. The daemon sends by itself. | |
//! | [`sign_in`], [`enrol`], [`add_account`] and all else about accounts | in the ledger, at once, with their event | They are of the dashboard and the API; no run and no lock has to do with them. |
//! | [`begin_upload`] | in an inbound folder, from which the file is taken like any other, and in the event log. | An upload is what a sender does. |
//! | [`open_run_file`], [`readiness()`] | in the ledger: an event where values are seen, a moment that shows that it can be written. | |
//! | [`init()`] and the demonstration | on disk | They make a new site, where no daemon runs yet. |
//! | [`status()`], [`schedules`], [`validate()`], [`rejects()`], [`open_rejections()`], [`runs()`], [`show`], [`events()`], [`files()`], [`notices()`], [`employee()`], [`employees()`], [`check()`], [`explain()`], [`host_keys`], and what pages and the API show: [`run_page`], [`run_chain()`], [`run_files()`], [`held_comparison()`], [`event_page`], [`integrations`], [`integration_details`], [`schedule_times()`], [`file_page()`], [`front_page`], [`open_items()`], [`metrics()`] | nowhere | They only read, from a ledger that is opened for reading. `validate` and `rejects` write the files that were asked for, and nothing in the site. |

mod backup;
mod baseline_gap;
mod benefits_level;
mod check;
mod collect;
pub(crate) mod correction;
mod day_strip;
mod demo;
mod dispatch;
mod employee;
mod employee_edit;
mod employee_list;
mod employee_states;
mod error;
mod event_list;
mod explain;
mod file_page;
mod file_reading;
mod files;
mod held_comparison;
mod history;
pub(crate) mod in_process;
mod init;
mod integration_list;
mod listed_employee;
mod local_time;
mod metrics;
mod named_employees;
mod notices;
mod one_time_run;
mod open_enrollment;
mod open_items;
mod open_rejections;
mod parameter_texts;
mod pause;
mod purge;
mod readiness;
mod recover;
mod rejects;
mod requested_runs;
mod run_chain;
mod run_files;
mod run_list;
mod schedule_times;
mod site;
mod status;
mod sync;
mod test_copy;
mod transfer;
mod trust;
pub(crate) mod typed_words;
mod upload;
pub(crate) mod users;
mod validate;
mod visible;
mod waiting_list;

pub(crate) use crate::run::{Command, RunRequest};
pub(crate) use crate::site::{Observer, Site};
pub(crate) use backup::{back_up, restore};
pub(crate) use baseline_gap::{BaselineGap, baseline_gap};
pub(crate) use benefits_level::{LevelResult, plan_level};
pub(crate) use check::{CheckMistakes, CheckReport, CheckStanding, check};
pub(crate) use collect::collect;
pub(crate) use day_strip::{DayEntry, DayOutcome};
pub(crate) use demo::{Demonstration, SftpDemo, demo, demo_dashboard};
pub(crate) use dispatch::{Caller, dispatch};
pub(crate) use employee::{
    EMPLOYEE_FIELDS, EmployeeDetails, HistoryEntry, employee, employee_of_roster,
};
pub(crate) use employee_edit::{EditedEntry, EntryAct, edit_command};
pub(crate) use employee_list::{
    EmployeeCursor, EmployeeFilter, EmployeePage, employees, employees_table,
};
pub(crate) use error::OperationError;
pub(crate) use event_list::{EventPage, EventQuery, event_kinds, event_page, export_events};
pub(crate) use explain::{CodeExplanation, explain, explain_all};
pub(crate) use file_page::{FileEntry, FilePage, FileQuery, QUEUE, file_page};
pub(crate) use file_reading::FileReading;
pub(crate) use file_reading::column_map::{ColumnMap, map, map_sample};
pub(crate) use files::{Folder, ListedFile, PLACES, files};
pub(crate) use held_comparison::{FileNumbers, HeldComparison, held_comparison};
pub(crate) use history::{
    EventEntry, HeldEntry, ListedRun, RunDetails, events, latest_run, runs, show,
};
pub(crate) use in_process::{Response, held_by};
pub(crate) use init::{NewSite, configuration_schema, init, receipt_schema};
pub(crate) use integration_list::{
    IntegrationDetails, IntegrationEntry, IntegrationList, integration_details, integrations,
};
pub(crate) use listed_employee::ListedEmployee;
pub(crate) use local_time::ClockTime;
pub(crate) use metrics::{EndpointMetrics, IntegrationMetrics, Metrics, metrics};
pub(crate) use notices::{
    NoticeList, TriedRecipient, notice_page, notices, send_after_command, send_notices,
    test_notices,
};
pub(crate) use one_time_run::{cancel, run_later};
pub(crate) use open_enrollment::{
    EnrollmentStage, OpenEnrollment, ask_carrier, begin_open_enrollment, end_open_enrollment,
    enrollment_run, has_open_enrollment, note_answer, open_enrollment,
};
pub(crate) use open_items::{OpenItems, changes, open_items};
pub(crate) use open_rejections::{ListedRejection, OpenRejectionPage, open_rejections};
pub(crate) use parameter_texts::ParameterTexts;
pub(crate) use pause::{ALL_PAUSED, pause, resume};
pub(crate) use purge::purge;
pub(crate) use readiness::readiness;
pub(crate) use recover::{Recovery, recover};
pub(crate) use rejects::{RejectedRecord, rejects};
pub(crate) use requested_runs::{Requested, RequestedRuns, request_runs};
pub(crate) use run_chain::{RunChain, run_chain};
pub(crate) use run_files::{OpenedFile, RunFile, open_run_file, run_file, run_files};
pub(crate) use run_list::{CodeCount, RunEntry, RunPage, RunQuery, run_page};
pub(crate) use schedule_times::{ScheduleTimes, schedule_times};
pub(crate) use site::{open_own_site, open_site, open_site_to_look};
pub(crate) use status::{ScheduleEntry, schedules, status};
pub(crate) use sync::{SyncPlan, SyncResult, plan_sync, plan_sync_all};
pub(crate) use test_copy::clone_site;
pub(crate) use transfer::{EndpointTransfer, endpoint, endpoints, transfer};
pub(crate) use trust::{HostKeys, KeyStanding, host_keys, read_fingerprint};
pub(crate) use upload::{FileUpload, UploadError, UploadedFile, begin_upload};
#[allow(unused_imports, reason = "some of it is for the pages alone")]
pub(crate) use users::{
    AccountList, Activity, BegunSession, Checked, ChosenCredentials, CredentialProblem,
    CurrentUser, DemoLinks, Enrolled, Enrolment, ListedAccount, ListedSession, ListedToken,
    MadeLink, MadeToken, SecondFactorSetup, SignIn, SignInForm, SignInPolicy, accounts,
    add_account, bearer, begin_second_factor, change_password, confirm_second_factor,
    disable_account, enable_account, enrol, enrolment, new_link, new_one_time_codes, new_token,
    one_time_codes_left, pending_second_factor, record_view, reset_second_factor, revoke_session,
    revoke_token, session, sessions_of, set_authority, setup_of_enrolment, sign_in, sign_out,
    views,
};
pub(crate) use validate::{Validation, validate};
pub(crate) use visible::Visible;
pub(crate) use waiting_list::{NeededAct, WaitingList, WaitingMatter, front_page};

#[cfg(test)]
mod tests;

use serde::{Serialize, Serializer, ser::Error};

/// A value with its keys in alphabetical order, not in the order of its fields. Values inside some results have always
/// been printed that way.
fn by_key<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    let value = serde_json::to_value(value).map_err(S::Error::custom)?;
    value.serialize(to)
}

// What tests of the command line print, and tests of pages name.
#[cfg(test)]
pub(crate) use self::{
    check::CheckFinding,
    employee::{DeductionEntry, RosterEntry},
    history::sample_run,
    metrics::{Backlog, Durations},
    rejects::RejectedFinding,
    run_chain::Beginning,
    schedule_times::ListedSchedule,
};
