//! What keeps integrations from fetching or sending: told in the event log, and kept until the next attempt went well.

use super::session::Session;
use crate::domain::masking::{escape_control, masked};
use crate::ledger::{Part, Trouble};
use crate::run::Result;
use crate::transport::{Fault, FaultKind, UNSAID};
use chrono::SubsecRound;
use std::collections::BTreeSet;

/// Sentences about single files that one attempt tells at most; what is left out is counted.
const MOST_TOLD: usize = 20;
/// Troubles of an endpoint that are kept at most.
pub(super) const MOST_KEPT: usize = 200;

/// What a trouble is about, and the event that tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    pub(super) part: Part,
    pub(super) integration: String,
    pub(super) action: &'static str,
}

impl About {
    pub(super) fn new(part: Part, integration: &str, action: &'static str) -> About {
        About {
            part,
            integration: integration.to_owned(),
            action,
        }
    }
}

/// What a server did not do with a file or folder, in words: `failed` of a server that only says it failed (`while it was
/// written`), else `could` (`it can't be written`).
pub(super) fn not_done(fault: &Fault, failed: &str, could: &str) -> String {
    match fault.what == UNSAID {
        true => format!("the server failed {failed}"),
        false => format!("{could}: {fault}"),
    }
}

impl Session<'_> {
    /// An attempt begins: what the last one found no longer counts.
    pub(super) fn attempts(&mut self, part: Part, integration: &str) {
        self.open
            .retain(|t, _| t.part != part || t.integration != integration);
    }

    /// Tells a trouble and keeps it.
    pub(super) fn trouble(&mut self, about: &About, why: &str) -> Result<()> {
        let kept = Trouble {
            integration: about.integration.clone(),
            part: about.part,
            why: escape_control(&masked(why)),
        };
        if self.open.len() < MOST_KEPT {
            self.open.entry(kept).or_default();
        }
        self.tell(about.action, &about.integration, why)
    }

    /// Tells troubles with single files, of which there may be any number.
    pub(super) fn trouble_each(&mut self, about: &About, sentences: &[String]) -> Result<()> {
        for why in sentences.iter().take(MOST_TOLD) {
            self.trouble(about, why)?;
        }
        if let Some(more) = sentences.len().checked_sub(MOST_TOLD).filter(|n| *n > 0) {
            let why = format!("{more} more files like these");
            let trouble = format!("{}: {why}", about.integration);
            self.round.troubles.push(trouble);
        }
        Ok(())
    }

    /// Remembers what a server failed to do. It is told if the server is still there; else it is the whole endpoint that
    /// has trouble.
    pub(super) fn unless_lost(&mut self, about: About, fault: &Fault, why: String) {
        if fault.kind != FaultKind::Transient {
            return;
        }
        let found = self.late.iter().position(|(a, _)| *a == about);
        match found.and_then(|at| self.late.get_mut(at)) {
            Some((_, sentences)) if sentences.contains(&why) => {}
            Some((_, sentences)) => sentences.push(why),
            None => self.late.push((about, vec![why])),
        }
    }

    /// Tells what the server failed to do; it is still there.
    pub(super) fn tell_late(&mut self) -> Result<()> {
        for (about, sentences) in std::mem::take(&mut self.late) {
            self.trouble_each(&about, &sentences)?;
        }
        Ok(())
    }

    /// Writes the troubles down, if they are others than before. What is new is told, and whose troubles are over.
    /// `troubled`: the integrations that had any after this courier's last round; another process may have ended those.
    pub(super) fn keep_troubles(&mut self, troubled: &mut BTreeSet<String>) -> Result<()> {
        let known = self.ledger.troubles(self.endpoint)?;
        let names = known.keys().map(|t| t.integration.clone());
        troubled.extend(names);
        let names = self.open.keys().map(|t| t.integration.clone());
        let still: BTreeSet<String> = names.collect();
        let over = troubled.difference(&still).cloned();
        self.round.over.extend(over);
        *troubled = still;
        for next in self.open.values_mut() {
            *next = next.map(|at| at.trunc_subsecs(0));
        }
        if known == self.open {
            return Ok(());
        }
        self.ledger.set_troubles(self.endpoint, &self.open)?;
        for trouble in self.open.keys().filter(|t| !known.contains_key(t)) {
            let sentence = format!("{}: {}", trouble.integration, trouble.why);
            if !self.round.news.contains(&sentence) {
                self.round.news.push(sentence);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::not_done;
    use crate::transport::{Fault, FaultKind, UNSAID};

    #[test]
    fn what_was_not_done_is_said_with_the_servers_reason_if_it_has_one() {
        let said = |what: &str| {
            let fault = Fault::new(FaultKind::Transient, what);
            not_done(&fault, "while it was read", "it can't be read")
        };
        assert_eq!(said(UNSAID), "the server failed while it was read");
        assert_eq!(
            said("it says that its disk is full"),
            "it can't be read: it says that its disk is full"
        );
    }
}
