//! The actions that events record.

use std::fmt;

/// What was done, or what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventAction {
    /// The program ended in a bug.
    Bug,
    DaemonStarted,
    /// The daemon ended as it was told to.
    DaemonStopped,
    /// The disk is too full to take files.
    DiskFull,
    /// The disk has room again.
    DiskHasRoom,
    /// A person closed rejected records of a run, by these numbers, without a correction.
    DismissRecords(Vec<u64>),
    /// Attempts at an endpoint fail; they go on.
    EndpointFailing,
    /// Attempts at an endpoint ended until a person acts.
    EndpointStopped,
    /// An endpoint that was failing or stopped works.
    EndpointWorksAgain,
    /// A file was moved from outbound before its run was closed.
    FetchedBeforeClose,
    /// A file that is due has not come.
    FileExpected,
    /// A file was too long in the outbox.
    GivenUp,
    /// An inbound folder can be listed again.
    InboundSeenAgain,
    /// An inbound folder can't be listed.
    InboundUnknown,
    /// A fetched file can't be deleted or moved on the server.
    NotCleared,
    /// A file can't be fetched.
    NotFetched,
    /// A file can't be sent.
    NotSent,
    /// A file in inbound can't be taken.
    NotTaken,
    /// A one-off run was started or cancelled.
    OneOffEnded,
    /// A person paused an integration or all.
    Pause,
    /// What is older than the site keeps it was deleted.
    Purge,
    PurgeFailed,
    /// A person refused a held run.
    Refuse,
    /// A person released a held run.
    Release,
    /// The daemon took a changed configuration.
    Reload,
    /// The daemon did not take a changed configuration.
    ReloadRefused,
    /// A person ended a pause, or said when it ends.
    Resume,
    /// A run could not be done.
    RunFailed,
    /// A person asked for a run at a later time.
    RunLater,
    /// Something keeps an endpoint from being asked.
    Trouble,
    /// A person trusted a host key.
    Trust,
}

/// What comes before the numbers of dismissed records.
const DISMISS: &str = "dismiss record ";

impl EventAction {
    /// All but [`EventAction::DismissRecords`], and their words in the ledger.
    const WORDS: [(EventAction, &str); 30] = [
        (EventAction::Bug, "bug"),
        (EventAction::DaemonStarted, "daemon started"),
        (EventAction::DaemonStopped, "daemon stopped"),
        (EventAction::DiskFull, "disk full"),
        (EventAction::DiskHasRoom, "disk has room"),
        (EventAction::EndpointFailing, "endpoint failing"),
        (EventAction::EndpointStopped, "endpoint stopped"),
        (EventAction::EndpointWorksAgain, "endpoint works again"),
        (
            EventAction::FetchedBeforeClose,
            "fetched before the run was closed",
        ),
        (EventAction::FileExpected, "file expected"),
        (EventAction::GivenUp, "given up"),
        (EventAction::InboundSeenAgain, "inbound seen again"),
        (EventAction::InboundUnknown, "inbound unknown"),
        (EventAction::NotCleared, "not cleared"),
        (EventAction::NotFetched, "not fetched"),
        (EventAction::NotSent, "not sent"),
        (EventAction::NotTaken, "not taken"),
        (EventAction::OneOffEnded, "one-off ended"),
        (EventAction::Pause, "pause"),
        (EventAction::Purge, "purge"),
        (EventAction::PurgeFailed, "purge failed"),
        (EventAction::Refuse, "refuse"),
        (EventAction::Release, "release"),
        (EventAction::Reload, "reload"),
        (EventAction::ReloadRefused, "reload refused"),
        (EventAction::Resume, "resume"),
        (EventAction::RunFailed, "run failed"),
        (EventAction::RunLater, "run later"),
        (EventAction::Trouble, "trouble"),
        (EventAction::Trust, "trust"),
    ];

    /// The action of these words.
    pub fn parse(words: &str) -> Option<EventAction> {
        if let Some(records) = words.strip_prefix(DISMISS) {
            let records = records.split(", ").map(str::parse);
            return Some(EventAction::DismissRecords(
                records.collect::<Result<_, _>>().ok()?,
            ));
        }
        let mut known = EventAction::WORDS.into_iter();
        known.find(|(_, w)| *w == words).map(|(action, _)| action)
    }
}

impl fmt::Display for EventAction {
    /// The words in the ledger, which people read as well.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let EventAction::DismissRecords(records) = self {
            let records: Vec<String> = records.iter().map(u64::to_string).collect();
            return write!(f, "{DISMISS}{}", records.join(", "));
        }
        let mut known = EventAction::WORDS.iter();
        let (_, words) = known
            .find(|(action, _)| action == self)
            .expect("every action but that of dismissed records is in the table");
        f.write_str(words)
    }
}

#[cfg(test)]
mod tests {
    use super::EventAction;

    #[test]
    fn the_words_of_actions_are_those_that_ledgers_hold() {
        let words = [
            "bug",
            "daemon started",
            "daemon stopped",
            "disk full",
            "disk has room",
            "dismiss record 3, 17",
            "endpoint failing",
            "endpoint stopped",
            "endpoint works again",
            "fetched before the run was closed",
            "file expected",
            "given up",
            "inbound seen again",
            "inbound unknown",
            "not cleared",
            "not fetched",
            "not sent",
            "not taken",
            "one-off ended",
            "pause",
            "purge",
            "purge failed",
            "refuse",
            "release",
            "reload",
            "reload refused",
            "resume",
            "run failed",
            "run later",
            "trouble",
            "trust",
        ];
        assert_eq!(words.len(), EventAction::WORDS.len() + 1);
        for word in words {
            let action = EventAction::parse(word);
            assert_eq!(action.map(|a| a.to_string()).as_deref(), Some(word));
        }
        assert_eq!(
            EventAction::parse("dismiss record 3, 17"),
            Some(EventAction::DismissRecords(vec![3, 17]))
        );
        for unknown in ["", "released", "dismiss record x"] {
            assert_eq!(EventAction::parse(unknown), None);
        }
    }
}
