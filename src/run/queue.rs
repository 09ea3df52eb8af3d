//! Which of the files in inbound an integration takes, and in which order.

use super::error::Result;
use super::request::{Member, judged};
use crate::config::{Integration, name_patterns};
use crate::domain::ReferenceId;
use crate::ledger::{Ledger, RunRow};
use crate::spool::{self, Waiting};
use globset::GlobSet;

/// The files of an integration that wait.
pub(super) struct Queue {
    /// Whole files, in the order in which they are taken.
    pub(super) files: Vec<Waiting>,
    /// How many are still on their way.
    pub(super) arriving: usize,
}

/// The files that wait for a member of a request; what is not taken is noted.
pub(super) fn queue(member: &Member<'_>, ledger: &Ledger) -> Result<Queue> {
    let (integration, watch) = (member.integration, member.watch);
    let look = member.inbound.look(member.site, integration)?;
    let (name, names) = (&integration.name, Names::of(integration));
    for refused in &look.refused {
        watch.note(&format!(
            "{name}: {} is not taken: {}",
            refused.name, refused.why
        ));
    }
    let mut queue = Queue {
        files: Vec::new(),
        arriving: 0,
    };
    for file in look.whole {
        if names.take(ledger, &file.name)? {
            queue.files.push(file);
        } else {
            let file = spool::masked(&file.name);
            watch.note(&format!(
                "{name}: {file} is not taken: its name matches none of files"
            ));
        }
    }
    for arriving in look.arriving {
        if names.take(ledger, &arriving.file.name)? {
            let file = spool::masked(&arriving.file.name);
            watch.note(&format!("{name}: {file} waits: {}", arriving.why));
            queue.arriving += 1;
        }
    }
    Ok(queue)
}

/// The names of an integration's files.
pub struct Names<'a> {
    integration: &'a Integration,
    files: GlobSet,
    tests: GlobSet,
}

impl<'a> Names<'a> {
    /// The names of this integration's files.
    pub fn of(integration: &'a Integration) -> Names<'a> {
        Names {
            integration,
            files: name_patterns(&integration.files),
            tests: name_patterns(&integration.test_files),
        }
    }

    /// Whether a file of this name is the integration's: by its name patterns, or because it comes back as the
    /// corrections of a run under the name of its rejects file, whatever names the sender's files have.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn take(&self, ledger: &Ledger, name: &str) -> Result<bool> {
        Ok(self.files.is_match(name)
            || self.tests.is_match(name)
            || corrected(self.integration, ledger, name)?.is_some())
    }
}

/// The run whose corrections a file name makes it: one that carries the reference ID of a run that judged records
/// of this integration. After a Failed or Held run the file is a whole new one.
pub(super) fn corrected(
    integration: &Integration,
    ledger: &Ledger,
    name: &str,
) -> Result<Option<RunRow>> {
    let Some(reference) = ReferenceId::find_in(name) else {
        return Ok(None);
    };
    let parent = ledger.run(&reference)?;
    Ok(parent.filter(|row| row.integration == integration.name && judged(row.status)))
}
