//! The demonstration: a site of made-up people, run once.

mod sftp;
mod sshd;

use super::employee_list::{EmployeeFilter, employees};
use super::error::{OperationError, Result};
use super::init::{make_site, write_new};
use super::notices::send_after_command;
use super::sync::plan_sync;
use super::users::DemoLinks;
use crate::config::{Config, Folder, Listen, load};
use crate::domain::masking::shown;
use crate::domain::totals::Amounts;
use crate::domain::{EmployeeState, Kind, Role, RunSummary};
use crate::operations::Visible;
use crate::operations::in_process;
use crate::run::RunRequest;
use crate::site::{Quiet, Site};
use crate::spool::{names_in, set_modified};
pub(crate) use sftp::SftpDemo;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const CONFIGURATION: &str = include_str!("../../../fixtures/demo/feedgate.toml");

struct Sample {
    integration: &'static str,
    name: &'static str,
    bytes: &'static [u8],
}

macro_rules! sample {
    ($integration:literal, $name:literal) => {
        Sample {
            integration: $integration,
            name: $name,
            bytes: include_bytes!(concat!("../../../fixtures/demo/", $name)),
        }
    };
}

/// In the order in which their senders upload them.
const SAMPLES: [Sample; 6] = [
    sample!("platform-accounts", "accounts.csv"),
    sample!("demographic-export", "hr-north.csv"),
    sample!("demographic-export", "hr-south.txt"),
    sample!("plant-demographics", "hr-plant.txt"),
    sample!("deduction-import", "carrier-med.csv"),
    sample!("carrier-deductions", "carrier-ded.txt"),
];

/// Who of the plant is synced: one with an account, one with two, one with none.
const SYNCED: [&str; 3] = ["P30001", "P30002", "P30003"];

/// What a demonstration did.
pub(crate) struct Demonstration {
    /// The runs of the samples, then that of the sync.
    pub(crate) runs: Vec<RunSummary>,
    pub(crate) employees: BTreeMap<EmployeeState, u64>,
    pub(crate) mails: Vec<PathBuf>,
}

/// Makes a demonstration site, uploads the samples, runs the accounts, the demographic integrations and then the deduction
/// ones, syncs a few of those who wait, and writes the mails.
///
/// # Errors
/// The folder is not empty, something failed, or the sums of a run do not close.
pub(crate) fn demo(folder: &Path) -> Result<Demonstration> {
    let site = Site::new(set_up(folder)?);
    let mut runs = Vec::new();
    for kind in Kind::ALL {
        for integration in site.config.integrations.iter().filter(|i| i.kind == kind) {
            let request = RunRequest {
                name: integration.name.clone(),
                ..RunRequest::default()
            };
            runs.extend(in_process::run(&site, &request, &Quiet)?.summaries);
        }
    }
    let plan = plan_sync(&site, &SYNCED.map(str::to_owned), None, &Visible::default())?;
    runs.extend(in_process::perform(&site, &plan.into_command(), &Quiet)?.summaries);
    must_close(&runs)?;
    send_after_command(&site)?;
    Ok(Demonstration {
        runs,
        employees: counts(&site)?,
        mails: mails(&site)?,
    })
}

/// How many employees are in each state.
fn counts(site: &Site) -> Result<BTreeMap<EmployeeState, u64>> {
    Ok(employees(site, &EmployeeFilter::default(), None)?.counts)
}

/// The mails that lie in the site's folder for them, below the site.
fn mails(site: &Site) -> Result<Vec<PathBuf>> {
    let Some(folder) = site.config.mail_folder() else {
        return Ok(Vec::new());
    };
    let names = names_in(&folder)
        .map_err(|e| OperationError::failed(format_args!("can't read {}: {e}", shown(&folder))))?;
    let below = folder.strip_prefix(&site.config.root).unwrap_or(&folder);
    Ok(names.into_iter().map(|name| below.join(name)).collect())
}

/// Makes the site and uploads the samples.
fn set_up(folder: &Path) -> Result<Config> {
    must_be_empty(folder)?;
    let config = make_site(folder, CONFIGURATION)?;
    for (place, sample) in SAMPLES.iter().enumerate() {
        let inbound = sample_folder(&config, sample, Folder::Inbound);
        let path = inbound.join(sample.name);
        write_new(&path, sample.bytes)?;
        // Files are taken oldest first.
        let minutes = u64::try_from(SAMPLES.len() - place).expect("a few samples");
        let modified = SystemTime::now() - Duration::from_secs(60 * minutes);
        set_modified(&path, modified).map_err(|e| {
            OperationError::failed(format_args!("can't date {}: {e}", shown(&path)))
        })?;
    }
    Ok(config)
}

/// The site of a demonstration that was made, with a dashboard on a free port of this machine, and the links that sign in
/// there: one for each role, each used once.
///
/// # Errors
/// There is no port, the configuration was changed, or the ledger failed.
pub(crate) fn demo_dashboard(folder: &Path) -> Result<DemoDashboard> {
    let mut config = load(&folder.join("feedgate.toml"))?;
    let no_port = |error| OperationError::failed(format_args!("there is no free port: {error}"));
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let bound = TcpListener::bind(any).and_then(|bound| bound.local_addr());
    let address = bound.map_err(no_port)?;
    config.web.listen = Some(Listen::Tcp(address));
    let base = format!("http://{address}");
    config.web.base_url = Some(base.clone());
    let site = Site::new(config);
    let (links, shown) = DemoLinks::make(&site)?;
    let addresses = shown.into_iter();
    let addresses =
        addresses.map(|(role, token)| (role, format!("{base}/sign-in/{}", token.reveal())));
    Ok(DemoDashboard {
        site,
        links,
        addresses: addresses.collect(),
    })
}

/// The site of a demonstration with a dashboard.
pub(crate) struct DemoDashboard {
    pub(crate) site: Site,
    pub(crate) links: DemoLinks,
    /// The address that signs in, by role.
    pub(crate) addresses: Vec<(Role, String)>,
}

/// A folder of a sample's integration.
fn sample_folder(config: &Config, sample: &Sample, folder: Folder) -> PathBuf {
    let integration = config.integration(sample.integration);
    config.folder(integration.expect("the demonstration has it"), folder)
}

fn must_be_empty(folder: &Path) -> Result<()> {
    let used = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if used {
        return Err(OperationError::usage(format!(
            "{} is not empty and was not touched; name another folder, or remove this one",
            shown(folder)
        )));
    }
    Ok(())
}

fn must_close(runs: &[RunSummary]) -> Result<()> {
    if runs.iter().all(closes) {
        return Ok(());
    }
    Err(OperationError::failed(
        "the sums of a run do not close; please report this as a bug",
    ))
}

/// Whether each record, and each cent, is in exactly one bucket of the summary.
fn closes(run: &RunSummary) -> bool {
    let records = run.records_accepted + run.records_unchanged + run.records_skipped + run.errors;
    let cents = |a: &Amounts| a.read.0 == a.accepted.0 + a.unchanged.0 + a.skipped.0 + a.rejected.0;
    run.records_processed == records && cents(&run.amounts.employee) && cents(&run.amounts.employer)
}

#[cfg(test)]
mod tests {
    use super::{SAMPLES, closes, set_up};
    use crate::config::Folder;
    use crate::operations::sample_run;
    use crate::spool::scan;

    #[test]
    fn the_samples_wait_in_the_order_of_their_upload() {
        let folder = tempfile::tempdir().expect("folder");
        let config = set_up(&folder.path().join("demo")).expect("site");
        for sample in &SAMPLES {
            assert!(config.integration(sample.integration).is_some());
        }
        let inbound = config.folder(&config.integrations[0], Folder::Inbound);
        let waiting = scan(&inbound).expect("inbound").waiting;
        let names: Vec<&str> = waiting.iter().map(|w| w.name.as_str()).collect();
        assert_eq!(names, ["hr-north.csv", "hr-south.txt"]);
    }

    #[test]
    fn a_folder_with_anything_in_it_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("mine"), "").expect("file");
        let refused = set_up(folder.path()).expect_err("refused");
        assert_eq!(refused.exit_code(), 2);
        assert!(!folder.path().join("feedgate.toml").exists());
    }

    #[test]
    fn a_sum_that_is_off_by_one_does_not_close() {
        let mut summary = sample_run();
        assert!(closes(&summary));
        summary.records_skipped += 1;
        assert!(!closes(&summary));
        let mut summary = sample_run();
        summary.amounts.employer.rejected = 1.into();
        assert!(!closes(&summary));
    }
}
