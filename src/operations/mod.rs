//! What people can do with a site: one function for each verb of the product, with typed arguments and a typed result.
//! The command line parses arguments, calls, and prints; it has no logic of its own. The `Serialize` form of a result is
//! what `--json` prints, and nothing else.
//!
//! # What goes to the daemon
//!
//! | verbs | where they take effect | why |
//! |---|---|---|
//! | [`run()`], [`rerun`], [`release`], [`refuse`], [`resubmit`], [`dismiss`] | in the daemon, if one runs on the site: the request waits in the ledger's table of requests, the daemon is woken, and the caller waits for its response. Without a daemon, in this process. | They need the lock of the integration, and most of them judge or move files. The daemon holds these locks while it works, decides the order of the files, and limits how many run at once; a second process would be told that the integration is busy. The runs are in the name of the user who asked. |
//! | [`pause()`], [`resume`], [`run_later`], [`cancel`] | in the ledger, at once, with their event. The daemon is woken and reads them before it starts anything else. | They say what may start from now on. One transaction is enough, no lock is needed, and they hold whether or not a daemon runs. |
//! | [`transfer()`], [`HostKeys::trust`] | in this process. The daemon is woken afterwards: an endpoint that had stopped continues. | Each endpoint has a lock of its own, so the daemon and a command take turns; where the daemon uses the endpoint, `transfer` is busy or waits. What was pinned is in the file of host keys, which the daemon reads at each connection. |
//! | [`init()`] and the demonstration | on disk | They make a new site, where no daemon runs yet. |
//! | [`status()`], [`schedules`], [`validate`], [`rejects`], [`runs()`], [`show`], [`events()`], [`files()`], [`employee()`], [`check()`], [`explain()`], [`host_keys`] | nowhere | They only read, from a ledger that is opened for reading. `validate` and `rejects` write the files that were asked for, and nothing in the site. |

mod check;
mod demo;
mod dispatch;
mod employee;
mod error;
mod events;
mod explain;
mod files;
pub(crate) mod in_process;
mod init;
mod json;
mod local_time;
mod one_time_run;
mod pause;
mod run;
mod runs;
mod site;
mod status;
mod transfer;
mod trust;

pub(crate) use crate::run::RunRequest;
pub(crate) use crate::site::{Observer, Site};
pub(crate) use check::{CheckMistakes, CheckReport, CheckStanding, check};
pub(crate) use demo::{SftpDemo, demo};
pub(crate) use dispatch::{Caller, CommandResult};
pub(crate) use employee::{EMPLOYEE_FIELDS, EmployeeDetails, employee};
pub(crate) use error::OperationError;
pub(crate) use events::{EventEntry, EventQuery, events};
pub(crate) use explain::{CodeExplanation, explain, explain_all};
pub(crate) use files::{Folder, ListedFile, files};
pub(crate) use in_process::RejectedRecord;
pub(crate) use init::{configuration_schema, init};
pub(crate) use local_time::LocalTime;
pub(crate) use one_time_run::{cancel, run_later};
pub(crate) use pause::{ALL_PAUSED, pause, resume};
pub(crate) use run::{
    ValidateRequest, Validation, dismiss, parameter_problems, refuse, rejects, release, rerun,
    resubmit, run, validate,
};
pub(crate) use runs::{RunQuery, runs, show};
pub(crate) use site::{open_own_site, open_site};
pub(crate) use status::{ScheduleEntry, schedules, status};
pub(crate) use transfer::{EndpointTransfer, endpoint, endpoints, transfer};
pub(crate) use trust::{HostKeys, KeyStanding, host_keys, read_fingerprint};

// What tests of the command line print.
#[cfg(test)]
pub(crate) use self::{
    check::CheckFinding,
    employee::{DeductionEntry, RosterEntry},
    in_process::RejectedFinding,
    run::ValidationFinding,
    runs::sample_run,
};
