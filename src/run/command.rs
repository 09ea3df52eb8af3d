//! What a user asks for in one command: carried out by the process that was asked, or by the daemon, which reads it in the
//! ledger.

use crate::domain::parameters::GivenParameters;
use crate::domain::{AcceptedFinding, ReferenceId};
use crate::site::{Result, Site};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A request for runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRequest {
    /// An integration or a set.
    pub name: String,
    /// One file instead of what waits in inbound.
    pub file: Option<PathBuf>,
    /// Parameters; what isn't given comes from the integration.
    pub given: GivenParameters,
    pub run_name: Option<String>,
    /// Wait until no other process runs the integration.
    pub wait: bool,
    /// Pauses, windows and the order of integrations apply.
    #[serde(default)]
    pub unattended: bool,
    /// If no file is there, the exit code is 4.
    #[serde(default)]
    pub expect_file: bool,
}

/// A command, as it is written into the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(tag = "act", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Run an integration or a set.
    Run(RunRequest),
    /// Judge the same source file again.
    Rerun {
        /// The run to repeat.
        reference: ReferenceId,
    },
    /// Let held runs go on.
    Release {
        references: Vec<ReferenceId>,
        /// The reason, for the event log.
        why: String,
        /// Whether all files of their plan years pass from now on.
        for_year: bool,
    },
    /// End a held run as Failed.
    Refuse {
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
        /// Findings that the user lets pass on single records.
        #[serde(default)]
        accept: Vec<AcceptedFinding>,
        /// The reason for that, for the event log.
        #[serde(default)]
        why: Option<String>,
    },
    /// Close rejected records that will not be corrected.
    Dismiss {
        /// The run that rejected them.
        reference: ReferenceId,
        records: Vec<u64>,
        /// The reason, for the event log.
        why: String,
    },
    /// Send the last known records of employees who are not synced yet.
    Sync {
        integration: String,
        /// Who they are: the keyed hashes of their subscriber IDs.
        subjects: Vec<u64>,
        /// Whether those are sent again who are synced already.
        again: bool,
    },
    /// Change an entry of a roster that was made by mistake.
    EditRoster {
        roster: String,
        /// Whose entry it is: the keyed hash of the subscriber ID, which no other process has to read.
        subject: u64,
        edit: RosterAct,
        /// The reason, for the event log.
        why: String,
    },
}

/// What is done to an entry of a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RosterAct {
    Remove,
    /// Remove it, for it is the entry of a person who has this other one.
    MergeInto(u64),
    /// Take its removal back.
    Undo,
    /// End its link with an account.
    Unlink,
}

impl Command {
    /// The command as another process can read it, with full paths. `None`: it names a file that is not there, or by a
    /// name that can't be written down; carrying it out will say what is wrong.
    pub fn written(&self) -> Option<String> {
        let full = |file: &Path| std::fs::canonicalize(file).ok();
        let command = match self.clone() {
            Command::Run(request) => Command::Run(RunRequest {
                file: match &request.file {
                    Some(file) => Some(full(file)?),
                    None => None,
                },
                ..request
            }),
            Command::Resubmit {
                reference,
                file,
                accept,
                why,
            } => Command::Resubmit {
                reference,
                file: full(&file)?,
                accept,
                why,
            },
            other => other,
        };
        serde_json::to_string(&command).ok()
    }

    /// Its name, as it is written down.
    pub fn act(&self) -> &'static str {
        self.into()
    }

    /// Reads what [`Command::written`] gave. `None`: another version of the program wrote it.
    pub fn read(text: &str) -> Option<Command> {
        serde_json::from_str(text).ok()
    }

    /// The integrations it is about, in their order.
    ///
    /// # Errors
    /// There is no integration, set or run of this name.
    pub fn integrations(&self, site: &Site) -> Result<Vec<String>> {
        match self {
            Command::Run(request) => {
                let members = site.members(&request.name)?;
                Ok(members.into_iter().map(|i| i.name.clone()).collect())
            }
            Command::Release { references, .. } => {
                let mut names = Vec::new();
                for reference in references {
                    let row = site.find_run(reference)?;
                    let name = &site.integration_of(&row)?.name;
                    if !names.contains(name) {
                        names.push(name.clone());
                    }
                }
                Ok(names)
            }
            Command::Rerun { reference }
            | Command::Refuse { reference, .. }
            | Command::Resubmit { reference, .. }
            | Command::Dismiss { reference, .. } => {
                let row = site.find_run(reference)?;
                Ok(vec![site.integration_of(&row)?.name.clone()])
            }
            Command::Sync { integration, .. } => {
                Ok(vec![site.integration(integration)?.name.clone()])
            }
            Command::EditRoster { roster, .. } => {
                let integrations = site.config.integrations.iter();
                let of_roster = integrations.filter(|i| i.roster == *roster);
                Ok(of_roster.map(|i| i.name.clone()).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Command, RosterAct, RunRequest};
    use crate::domain::ReferenceId;
    use crate::domain::parameters::GivenParameters;
    use std::path::Path;

    #[test]
    fn a_command_is_read_back_as_it_was_written() {
        let reference = ReferenceId::new("20261120", 17);
        let why = "it is right".to_owned();
        let given = GivenParameters {
            delta: Some(true),
            plan_year_start_date: "2026-12-31".parse().ok(),
            ..GivenParameters::default()
        };
        for command in [
            Command::Run(RunRequest {
                name: "hr".into(),
                given,
                run_name: Some("again".into()),
                unattended: true,
                ..RunRequest::default()
            }),
            Command::Rerun {
                reference: reference.clone(),
            },
            Command::Release {
                references: vec![reference.clone()],
                why: why.clone(),
                for_year: true,
            },
            Command::Refuse {
                reference: reference.clone(),
                why: why.clone(),
            },
            Command::Dismiss {
                reference: reference.clone(),
                records: vec![23, 29],
                why: why.clone(),
            },
            Command::EditRoster {
                roster: "main".into(),
                subject: u64::MAX,
                edit: RosterAct::MergeInto(7),
                why,
            },
        ] {
            let text = command.written().expect("written");
            assert_eq!(Command::read(&text), Some(command));
        }
        assert_eq!(Command::read("{\"act\":\"dance\"}"), None);
    }

    #[test]
    fn files_get_their_whole_path_and_must_be_there() {
        let resubmit = |file: &Path| Command::Resubmit {
            reference: ReferenceId::new("20261120", 17),
            file: file.to_owned(),
            accept: "SSN_CHANGED:14".parse().into_iter().collect(),
            why: Some("card seen".into()),
        };
        let text = resubmit(Path::new("Cargo.toml")).written().expect("there");
        let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let whole = whole.canonicalize().expect("there");
        assert_eq!(Command::read(&text), Some(resubmit(&whole)));
        assert_eq!(resubmit(Path::new("no/such.csv")).written(), None);
    }
}
