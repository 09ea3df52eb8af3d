//! The demonstration over real SFTP, both ways. HR systems upload, the daemon takes their files, fetches the carriers'
//! and the accounts from a partner's server and sends results there, HR fetches the error files.

use super::super::error::{OperationError, Result};
use super::super::init::{make_site, write_new};
use super::sshd::Sshd;
use super::{CONFIGURATION, SAMPLES, counts, must_be_empty, must_close, sample_folder};
use crate::config::Folder;
use crate::domain::masking::shown;
use crate::domain::{EmployeeState, Kind, RunSummary};
use crate::ledger::RunFilter;
use crate::site::Site;
use crate::spool::create_folder;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The keys that make the demonstration send and fetch. Names in braces are replaced.
const ENDPOINT: &str = include_str!("../../../fixtures/demo/endpoint.toml");

/// A demonstration site with an SFTP server. The caller runs the daemon; the server ends when this is dropped.
pub(crate) struct SftpDemo {
    site: Site,
    sshd: Sshd,
    /// What the partner's server holds.
    partner: PathBuf,
    /// Where HR puts what it fetches.
    hr: PathBuf,
    /// Where the senders' files are before they are uploaded.
    senders: PathBuf,
}

impl SftpDemo {
    /// Makes the site and starts the server. Nothing is uploaded yet.
    ///
    /// # Errors
    /// The folder is not empty, there is no `sshd`, or something failed.
    pub(crate) fn set_up(folder: &Path) -> Result<SftpDemo> {
        must_be_empty(folder)?;
        make(folder)?;
        let root = folder.canonicalize();
        let root = root.map_err(|e| cannot("find", folder, &e))?;
        let partner = root.join("partner");
        let sshd = Sshd::start(&root.join("sshd"))?;
        let config = make_site(folder, &configuration(&sshd, &partner))?;
        let demo = SftpDemo {
            site: Site::new(config),
            sshd,
            hr: root.join("fetched-by-hr"),
            senders: root.join("senders"),
            partner,
        };
        make(&demo.results())?;
        make(&demo.hr)?;
        for sample in &SAMPLES {
            let folder = match of_partner(sample.integration) {
                Some(folder) => demo.partner.join(folder),
                None => demo.senders.clone(),
            };
            make(&folder)?;
            write_new(&folder.join(sample.name), sample.bytes)?;
        }
        Ok(demo)
    }

    /// The site, for the daemon.
    pub(crate) fn site(&self) -> Site {
        Site::new(self.site.config.clone())
    }

    /// The server's port on the loopback address.
    pub(crate) fn port(&self) -> u16 {
        self.sshd.port
    }

    /// What the HR systems type in `sftp`.
    pub(crate) fn uploads(&self) -> Vec<String> {
        let of_hr = SAMPLES
            .iter()
            .filter(|s| of_partner(s.integration).is_none());
        let put = of_hr.map(|sample| {
            let inbound = absolute(&sample_folder(&self.site.config, sample, Folder::Inbound));
            format!(
                "put \"{}\" \"{}\"",
                self.senders.join(sample.name).display(),
                inbound.join(sample.name).display()
            )
        });
        put.collect()
    }

    /// Does one of the [`uploads`](SftpDemo::uploads) or [`downloads`](SftpDemo::downloads).
    ///
    /// # Errors
    /// `sftp` failed.
    pub(crate) fn sftp(&self, step: &str) -> Result<()> {
        self.sshd.sftp(step)
    }

    /// The runs, once every sample has its own and nothing waits to be sent.
    ///
    /// # Errors
    /// The ledger can't be read, or the sums of a run do not close.
    pub(crate) fn ended_runs(&self) -> Result<Option<Vec<RunSummary>>> {
        let ledger = self.site.ledger()?;
        let rows = ledger.runs(&RunFilter::default(), SAMPLES.len() + 1)?;
        let runs = rows.into_iter().rev().filter_map(|row| row.summary);
        let runs: Vec<RunSummary> = runs.collect();
        if runs.len() < SAMPLES.len() || !ledger.outbox("partner")?.is_empty() {
            return Ok(None);
        }
        must_close(&runs)?;
        Ok(Some(runs))
    }

    /// How many employees are in each state.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub(crate) fn employees(&self) -> Result<BTreeMap<EmployeeState, u64>> {
        counts(&self.site)
    }

    /// The names of what was sent to the partner's server.
    ///
    /// # Errors
    /// The folder can't be read.
    pub(crate) fn sent(&self) -> Result<Vec<String>> {
        names(&self.results())
    }

    /// What HR types in `sftp`: the error files of each integration that has some.
    pub(crate) fn downloads(&self, runs: &[RunSummary]) -> Vec<String> {
        let config = &self.site.config;
        let has_errors = |name: &str| {
            runs.iter()
                .any(|run| run.integration_name == name && run.errors > 0)
        };
        Kind::ALL
            .into_iter()
            .flat_map(|kind| config.integrations.iter().filter(move |i| i.kind == kind))
            .filter(|integration| has_errors(&integration.name))
            .map(|integration| {
                format!(
                    "get \"{}\"/*.errors.csv \"{}\"",
                    absolute(&config.folder(integration, Folder::Errors)).display(),
                    self.hr.display()
                )
            })
            .collect()
    }

    /// The files that HR has fetched, as they may be shown.
    ///
    /// # Errors
    /// The folder can't be read.
    pub(crate) fn fetched(&self) -> Result<Vec<String>> {
        let names = names(&self.hr)?;
        Ok(names.iter().map(|n| shown(&self.hr.join(n))).collect())
    }

    fn results(&self) -> PathBuf {
        self.partner.join("results")
    }
}

/// The demonstration's configuration with an endpoint: accounts and the carriers' files are fetched there, results sent.
fn configuration(sshd: &Sshd, partner: &Path) -> String {
    let values = [
        ("{port}", sshd.port.to_string()),
        ("{user}", sshd.user.clone()),
        ("{key}", sshd.client_key().display().to_string()),
        ("{known_hosts}", sshd.known_hosts().display().to_string()),
        ("{partner}", partner.display().to_string()),
    ];
    let mut endpoint = ENDPOINT.to_owned();
    for (name, value) in values {
        endpoint = endpoint.replace(name, &value);
    }
    format!("{CONFIGURATION}{endpoint}")
}

/// The partner's folder that the files of an integration are fetched from; `None`: HR systems upload them.
fn of_partner(integration: &str) -> Option<&'static str> {
    match integration {
        "platform-accounts" => Some("accounts"),
        "deduction-import" | "carrier-deductions" => Some("deductions"),
        _ => None,
    }
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn make(folder: &Path) -> Result<()> {
    create_folder(folder).map_err(|e| cannot("make", folder, &e))
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let unread = |e| cannot("read", folder, &e);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        let name = entry.map_err(unread)?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn cannot(act: &str, folder: &Path, error: &std::io::Error) -> OperationError {
    OperationError::failed(format_args!("can't {act} {}: {error}", shown(folder)))
}
