//! What the steps of a round report, and the trouble book of a round: what keeps integrations from fetching or sending.

use crate::domain::masking::{escape_control, masked};
use crate::ledger::{EventAction, Part, Trouble, Troubles};
use crate::site::RunError;
use crate::transport::{Fault, FaultKind, UNSAID};
use std::io;

/// The largest number of sentences about single files that one step reports; the rest is counted.
const MOST_TOLD: usize = 20;
/// The largest number of troubles of an endpoint that are kept.
const MOST_KEPT: usize = 200;

pub(super) type Step<T = ()> = Result<T, StopReason>;

/// What ends a part of a round.
#[derive(Debug)]
pub(super) enum StopReason {
    /// All work at this endpoint stops until a person acts.
    NeedsPerson(Fault),
    /// It may pass without anyone acting; tried again later.
    Transient(Fault),
    /// Our own disk or ledger failed.
    Internal(RunError),
}

impl StopReason {
    /// The fault, unless it is one of our own disk.
    pub(super) fn not_of_our_disk(fault: Fault) -> Result<Fault, StopReason> {
        if fault.kind != FaultKind::Local {
            return Ok(fault);
        }
        let source = fault.source.unwrap_or_else(|| io::Error::other(fault.what));
        let error = RunError::io("moving a file between the site and a server")(source);
        Err(StopReason::Internal(error))
    }
}

impl<E: Into<RunError>> From<E> for StopReason {
    fn from(error: E) -> StopReason {
        StopReason::Internal(error.into())
    }
}

/// What a trouble is about, and the action of the event that reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    pub(super) part: Part,
    pub(super) integration: String,
    pub(super) action: EventAction,
}

impl About {
    pub(super) fn new(part: Part, integration: &str, action: EventAction) -> About {
        About {
            part,
            integration: integration.to_owned(),
            action,
        }
    }
}

/// What kept one file or folder back in a step. Files without a report got through it.
#[derive(Debug)]
pub(super) struct ItemReport {
    pub(super) about: About,
    pub(super) fault: Fault,
    /// The sentence for people; `None`: they need not know.
    pub(super) why: Option<String>,
}

impl ItemReport {
    /// # Errors
    /// The fault is one of our own disk.
    pub(super) fn new(about: &About, fault: Fault, why: Option<String>) -> Step<ItemReport> {
        Ok(ItemReport {
            about: about.clone(),
            fault: StopReason::not_of_our_disk(fault)?,
            why,
        })
    }
}

/// Whether a fault concerns its file or folder alone, and not the endpoint or our own disk.
pub(super) fn is_items_own(fault: &Fault) -> bool {
    !matches!(fault.kind, FaultKind::Transient | FaultKind::Local) && !fault.stops_endpoint()
}

/// What the server did not do. `failed` completes "the server failed" (`while it was written`), where it gave no reason;
/// `could` introduces the reason it gave (`it can't be written`).
pub(super) fn not_done(fault: &Fault, failed: &str, could: &str) -> String {
    match fault.kind {
        FaultKind::Transient if fault.what == UNSAID => format!("the server failed {failed}"),
        FaultKind::Transient => format!("{could}: {fault}"),
        _ => fault.to_string(),
    }
}

/// The troubles at an endpoint and what is to be reported of them.
#[derive(Debug, Default)]
pub(super) struct TroubleBook {
    /// The troubles as the last attempts leave them.
    pub(super) open: Troubles,
    to_tell: Vec<ToTell>,
    /// What the server failed to do. If the connection turns out to be lost, the whole endpoint has trouble, and not
    /// these files.
    unconfirmed: Vec<(About, Vec<String>)>,
}

#[derive(Debug)]
pub(super) struct ToTell {
    /// The action of its event; `None`: it has none, because it counts others.
    pub(super) action: Option<EventAction>,
    pub(super) integration: String,
    pub(super) why: String,
}

impl TroubleBook {
    pub(super) fn new(open: Troubles) -> TroubleBook {
        TroubleBook {
            open,
            ..TroubleBook::default()
        }
    }

    /// An attempt begins: what the last one found no longer counts.
    pub(super) fn begin(&mut self, part: Part, integration: &str) {
        self.open
            .retain(|t, _| t.part != part || t.integration != integration);
    }

    pub(super) fn add(&mut self, about: &About, why: &str) {
        let trouble = Trouble {
            integration: about.integration.clone(),
            part: about.part,
            why: escape_control(&masked(why)),
        };
        self.to_tell.push(ToTell {
            action: Some(about.action.clone()),
            integration: about.integration.clone(),
            why: trouble.why.clone(),
        });
        if self.open.len() < MOST_KEPT {
            self.open.entry(trouble).or_default();
        }
    }

    /// Adds troubles with single files, of which there may be any number.
    pub(super) fn add_each(&mut self, about: &About, sentences: &[String]) {
        for why in sentences.iter().take(MOST_TOLD) {
            self.add(about, why);
        }
        if sentences.len() > MOST_TOLD {
            self.to_tell.push(ToTell {
                action: None,
                integration: about.integration.clone(),
                why: format!("{} more files like these", sentences.len() - MOST_TOLD),
            });
        }
    }

    /// Takes the reports of a step. The first fault that concerns more than its file is the error.
    pub(super) fn take(&mut self, reports: Vec<ItemReport>) -> Step {
        let (mut needs_person, mut transient) = (None, None);
        let mut own = Vec::new();
        for ItemReport { about, fault, why } in reports {
            if is_items_own(&fault) {
                sentences_about(&mut own, about).extend(why);
            } else if fault.kind == FaultKind::Transient {
                if let Some(why) = why {
                    let sentences = sentences_about(&mut self.unconfirmed, about);
                    if !sentences.contains(&why) {
                        sentences.push(why);
                    }
                }
                transient.get_or_insert(fault);
            } else {
                needs_person.get_or_insert(fault);
            }
        }
        for (about, sentences) in own {
            self.add_each(&about, &sentences);
        }
        match (needs_person, transient) {
            (Some(fault), _) => Err(StopReason::NeedsPerson(fault)),
            (None, Some(fault)) => Err(StopReason::Transient(fault)),
            (None, None) => Ok(()),
        }
    }

    /// The server still answers: what it failed to do is the trouble of those files.
    pub(super) fn confirm(&mut self) {
        for (about, sentences) in std::mem::take(&mut self.unconfirmed) {
            self.add_each(&about, &sentences);
        }
    }

    /// The same after `fault` has ended an attempt; it is reported itself if no file's failure says more.
    pub(super) fn confirm_or(&mut self, about: &About, fault: &Fault) {
        if self.unconfirmed.is_empty() {
            self.add(about, &fault.to_string());
        }
        self.confirm();
    }

    pub(super) fn take_told(&mut self) -> Vec<ToTell> {
        std::mem::take(&mut self.to_tell)
    }
}

/// The sentences about this among those of several subjects.
fn sentences_about(groups: &mut Vec<(About, Vec<String>)>, about: About) -> &mut Vec<String> {
    let at = groups.iter().position(|(known, _)| *known == about);
    let at = at.unwrap_or_else(|| {
        groups.push((about, Vec::new()));
        groups.len() - 1
    });
    &mut groups[at].1
}

#[cfg(test)]
mod tests {
    use super::{About, ItemReport, MOST_TOLD, Step, StopReason, TroubleBook, not_done};
    use crate::ledger::{EventAction, Part};
    use crate::transport::{Fault, FaultKind, UNSAID};

    /// What a book makes of reports of these faults.
    fn take(book: &mut TroubleBook, kinds: &[FaultKind]) -> Step {
        let about = About::new(Part::Pull, "people", EventAction::NotFetched);
        let report = |(n, kind): (usize, &FaultKind)| {
            ItemReport::new(&about, Fault::new(*kind, "what"), Some(n.to_string()))
        };
        let reports: Step<Vec<ItemReport>> = kinds.iter().enumerate().map(report).collect();
        book.take(reports?)
    }

    fn told(book: &mut TroubleBook) -> Vec<String> {
        book.take_told().into_iter().map(|told| told.why).collect()
    }

    #[test]
    fn faults_end_as_much_as_their_kind_says() {
        let mut book = TroubleBook::default();
        let own = [FaultKind::Missing, FaultKind::Denied, FaultKind::Exists];
        assert!(take(&mut book, &own).is_ok());
        assert_eq!(told(&mut book), ["0", "1", "2"]);
        let taken = take(&mut book, &[FaultKind::Transient, FaultKind::SignIn]);
        assert!(matches!(taken, Err(StopReason::NeedsPerson(_))));
        let taken = take(&mut book, &[FaultKind::Exists, FaultKind::Transient]);
        assert!(matches!(taken, Err(StopReason::Transient(_))));
        let taken = take(&mut book, &[FaultKind::Local]);
        assert!(matches!(taken, Err(StopReason::Internal(_))));
    }

    #[test]
    fn what_the_server_failed_at_is_told_once_it_answers_again() {
        let mut book = TroubleBook::default();
        let about = About::new(Part::Pull, "people", EventAction::NotFetched);
        let fault = Fault::new(FaultKind::Transient, "cut");
        for _ in 0..2 {
            assert!(take(&mut book, &[FaultKind::Transient; 2]).is_err());
        }
        assert!(told(&mut book).is_empty() && book.open.is_empty());
        book.confirm_or(&about, &fault);
        assert_eq!(
            (told(&mut book), book.open.len()),
            (vec!["0".into(), "1".into()], 2)
        );
        book.confirm_or(&about, &fault);
        assert_eq!(told(&mut book), ["cut"]);
        book.begin(Part::Pull, "people");
        assert!(book.open.is_empty());
        book.add_each(&about, &vec!["x".to_owned(); MOST_TOLD + 2]);
        assert_eq!(
            told(&mut book).last().map(String::as_str),
            Some("2 more files like these")
        );
    }

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
