//! One act that a person asks for: done by the process that was asked, or handed to the daemon through the ledger.

use super::again::{find, rerun, resubmit};
use super::error::Result;
use super::hold::{refuse, release};
use super::left::integration_of;
use super::rejected::dismiss;
use super::request::{Ended, Request, members, run};
use super::site::Site;
use super::watch::Watch;
use crate::domain::{ReferenceId, RunSummary};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// An act, as it is written into the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Errand {
    /// Run an integration or a set.
    Run(Request),
    /// Judge the same source file again.
    Rerun {
        /// The run to repeat.
        reference: ReferenceId,
    },
    /// Let a held run go on.
    Release {
        /// The held run.
        reference: ReferenceId,
        /// The reason, for the event log.
        why: String,
    },
    /// End a held run as Failed.
    Refuse {
        /// The held run.
        reference: ReferenceId,
        /// The reason, for the event log and the receipt.
        why: String,
    },
    /// Judge corrections of rejected records.
    Resubmit {
        /// The run that rejected them.
        reference: ReferenceId,
        /// The corrected rejects file.
        file: PathBuf,
    },
    /// Close rejected records that nobody will correct.
    Dismiss {
        /// The run that rejected them.
        reference: ReferenceId,
        /// Their record numbers.
        records: Vec<u64>,
        /// The reason, for the event log.
        why: String,
    },
}

impl Errand {
    /// The errand as another process can read it, with whole paths. `None`: it names a file that is not there, or by
    /// a name that can't be written down; whoever tries to do it will say what is wrong.
    pub fn written(&self) -> Option<String> {
        let whole = |file: &Path| std::fs::canonicalize(file).ok();
        let errand = match self.clone() {
            Errand::Run(request) => Errand::Run(Request {
                file: match &request.file {
                    Some(file) => Some(whole(file)?),
                    None => None,
                },
                ..request
            }),
            Errand::Resubmit { reference, file } => Errand::Resubmit {
                reference,
                file: whole(&file)?,
            },
            other => other,
        };
        serde_json::to_string(&errand).ok()
    }

    /// What it is, in a word.
    pub fn act(&self) -> &'static str {
        match self {
            Errand::Run(_) => "run",
            Errand::Rerun { .. } => "rerun",
            Errand::Release { .. } => "release",
            Errand::Refuse { .. } => "refuse",
            Errand::Resubmit { .. } => "resubmit",
            Errand::Dismiss { .. } => "dismiss",
        }
    }

    /// Reads what [`Errand::written`] gave. `None`: another version of the program wrote it.
    pub fn read(text: &str) -> Option<Errand> {
        serde_json::from_str(text).ok()
    }

    /// The integrations it is about, in their order.
    ///
    /// # Errors
    /// There is no integration, set or run of this name.
    pub fn integrations(&self, site: &Site) -> Result<Vec<String>> {
        match self {
            Errand::Run(request) => {
                let members = members(site, &request.name)?;
                Ok(members.into_iter().map(|i| i.name.clone()).collect())
            }
            Errand::Rerun { reference }
            | Errand::Release { reference, .. }
            | Errand::Refuse { reference, .. }
            | Errand::Resubmit { reference, .. }
            | Errand::Dismiss { reference, .. } => {
                let row = find(site, reference)?;
                Ok(vec![integration_of(site, &row)?.name.clone()])
            }
        }
    }
}

/// Does it, in the name of the site's user.
///
/// # Errors
/// Those of the act; then nothing was touched, or the error says how to go on.
pub fn perform(site: &Site, errand: &Errand, watch: &dyn Watch) -> Result<Ended> {
    Ok(match errand {
        Errand::Run(request) => run(site, request, watch)?,
        Errand::Rerun { reference } => one(rerun(site, reference, watch)?),
        Errand::Release { reference, why } => one(release(site, reference, why, watch)?),
        // The run is Failed, as was asked for.
        Errand::Refuse { reference, why } => Ended {
            exit_code: 0,
            ..one(refuse(site, reference, why)?)
        },
        Errand::Resubmit { reference, file } => one(resubmit(site, reference, file, watch)?),
        Errand::Dismiss {
            reference,
            records,
            why,
        } => {
            dismiss(site, reference, records, why)?;
            Ended {
                summaries: Vec::new(),
                many: false,
                failure: None,
                waiting: 0,
                arriving: 0,
                stuck: 0,
                exit_code: 0,
            }
        }
    })
}

fn one(summary: RunSummary) -> Ended {
    Ended {
        exit_code: summary.status.exit_code(),
        summaries: vec![summary],
        many: false,
        waiting: 0,
        arriving: 0,
        stuck: 0,
        failure: None,
    }
}

#[cfg(test)]
mod tests {
    use super::Errand;
    use crate::domain::ReferenceId;
    use crate::domain::parameters::GivenParameters;
    use crate::run::Request;
    use std::path::Path;

    #[test]
    fn an_errand_is_read_back_as_it_was_written() {
        let reference = ReferenceId::new("20261120", 17);
        let why = "it is right".to_owned();
        let given = GivenParameters {
            delta: Some(true),
            plan_year_start_date: "2026-12-31".parse().ok(),
            ..GivenParameters::default()
        };
        for errand in [
            Errand::Run(Request {
                name: "hr".into(),
                given,
                run_name: Some("again".into()),
                unattended: true,
                ..Request::default()
            }),
            Errand::Rerun {
                reference: reference.clone(),
            },
            Errand::Release {
                reference: reference.clone(),
                why: why.clone(),
            },
            Errand::Refuse {
                reference: reference.clone(),
                why: why.clone(),
            },
            Errand::Dismiss {
                reference: reference.clone(),
                records: vec![23, 29],
                why,
            },
        ] {
            let text = errand.written().expect("written");
            assert_eq!(Errand::read(&text), Some(errand));
        }
        assert_eq!(Errand::read("{\"act\":\"dance\"}"), None);
    }

    #[test]
    fn files_get_their_whole_path_and_must_be_there() {
        let resubmit = |file: &Path| Errand::Resubmit {
            reference: ReferenceId::new("20261120", 17),
            file: file.to_owned(),
        };
        let text = resubmit(Path::new("Cargo.toml")).written().expect("there");
        let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let whole = whole.canonicalize().expect("there");
        assert_eq!(Errand::read(&text), Some(resubmit(&whole)));
        assert_eq!(resubmit(Path::new("no/such.csv")).written(), None);
    }
}
