//! The actions that events record.

use crate::domain::AcceptedFinding;
use std::fmt;
use std::str::FromStr;
use strum::{EnumCount, EnumString, IntoStaticStr, VariantNames};

/// What was done, or what happened; the words are stored and shown.
#[derive(Clone, Debug, PartialEq, Eq, EnumCount, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum EventAction {
    /// A person let findings pass on records that a run rejected.
    #[strum(serialize = "accept finding ")]
    AcceptFindings(Vec<AcceptedFinding>),
    /// A person made a backup of the state folder.
    #[strum(serialize = "backup")]
    Backup,
    /// A person chose a benefits level for employees.
    #[strum(serialize = "benefits level")]
    BenefitsLevelChosen,
    /// The program ended in a bug.
    Bug,
    /// A person made a test copy of the site.
    Clone,
    #[strum(serialize = "daemon started")]
    DaemonStarted,
    /// The daemon ended as it was told to.
    #[strum(serialize = "daemon stopped")]
    DaemonStopped,
    /// The disk is too full to take files.
    #[strum(serialize = "disk full")]
    DiskFull,
    /// The disk has room again.
    #[strum(serialize = "disk has room")]
    DiskHasRoom,
    /// A person closed rejected records of a run, by these numbers, without a correction.
    #[strum(serialize = "dismiss record ")]
    DismissRecords(Vec<u64>),
    /// A person merged an entry of a roster into another.
    #[strum(serialize = "merge employee")]
    EmployeeMerged,
    /// A person removed an entry of a roster.
    #[strum(serialize = "remove employee")]
    EmployeeRemoved,
    /// A person took a removal back.
    #[strum(serialize = "restore employee")]
    EmployeeRestored,
    /// A person ended the link of an employee with an account.
    #[strum(serialize = "unlink employee")]
    EmployeeUnlinked,
    /// A person selected employees to be synced.
    #[strum(serialize = "sync employees")]
    EmployeesSelected,
    /// Attempts at an endpoint fail; they go on.
    #[strum(serialize = "endpoint failing")]
    EndpointFailing,
    /// Attempts at an endpoint ended until a person acts.
    #[strum(serialize = "endpoint stopped")]
    EndpointStopped,
    /// An endpoint that was failing or stopped works.
    #[strum(serialize = "endpoint works again")]
    EndpointWorksAgain,
    /// A file was moved from outbound before its run was closed.
    #[strum(serialize = "fetched before the run was closed")]
    FetchedBeforeClose,
    /// A file that is due has not come.
    #[strum(serialize = "file expected")]
    FileExpected,
    /// A file was too long in the outbox.
    #[strum(serialize = "given up")]
    GivenUp,
    /// An inbound folder can be listed again.
    #[strum(serialize = "inbound seen again")]
    InboundSeenAgain,
    /// An inbound folder can't be listed.
    #[strum(serialize = "inbound unknown")]
    InboundUnknown,
    /// A fetched file can't be deleted or moved on the server.
    #[strum(serialize = "not cleared")]
    NotCleared,
    /// A file can't be fetched.
    #[strum(serialize = "not fetched")]
    NotFetched,
    /// A set stopped before it came to an integration.
    #[strum(serialize = "not run")]
    NotRun,
    /// A file can't be sent.
    #[strum(serialize = "not sent")]
    NotSent,
    /// A file in inbound can't be taken.
    #[strum(serialize = "not taken")]
    NotTaken,
    /// A one-off run was started or cancelled.
    #[strum(serialize = "one-off ended")]
    OneOffEnded,
    /// A person took a step of an open enrollment.
    #[strum(serialize = "open enrollment")]
    OpenEnrollment,
    /// A person paused an integration or all.
    Pause,
    /// What is older than the site keeps it was deleted.
    Purge,
    #[strum(serialize = "purge failed")]
    PurgeFailed,
    /// A person took up a site again whose ledger was older than its folders, or lost.
    Recover,
    /// A person refused a held run.
    Refuse,
    /// A person released a held run.
    Release,
    /// A person lets files of a plan year pass after a later year was imported.
    #[strum(serialize = "release year")]
    ReleaseYear,
    /// The daemon took a changed configuration.
    Reload,
    /// The daemon did not take a changed configuration.
    #[strum(serialize = "reload refused")]
    ReloadRefused,
    /// A person ended a pause, or said when it ends.
    Resume,
    /// A run could not be done.
    #[strum(serialize = "run failed")]
    RunFailed,
    /// A person asked for a run at a later time.
    #[strum(serialize = "run later")]
    RunLater,
    /// A set stopped at a member, and the members behind it were not run.
    #[strum(serialize = "set stopped")]
    SetStopped,
    /// Something keeps an endpoint from being asked.
    Trouble,
    /// A person trusted a host key.
    Trust,
    /// A person revoked a token of a user.
    #[strum(serialize = "revoke token")]
    TokenRevoked,
    /// A person made a token for a user.
    #[strum(serialize = "new token")]
    TokenMade,
    /// A person added a user of the dashboard.
    #[strum(serialize = "add account")]
    UserAdded,
    /// A person changed what a user may do.
    #[strum(serialize = "change account")]
    UserChanged,
    /// A person shut a user out.
    #[strum(serialize = "disable account")]
    UserDisabled,
    /// A person let a user in again who was shut out.
    #[strum(serialize = "enable account")]
    UserEnabled,
    /// A person made a link for a user who forgot the password.
    #[strum(serialize = "new link")]
    UserLinkMade,
    /// A user used a link and chose a password.
    #[strum(serialize = "enrol")]
    UserEnrolled,
    /// A user chose another password.
    #[strum(serialize = "change password")]
    PasswordChanged,
    /// A user has another second factor.
    #[strum(serialize = "change second factor")]
    SecondFactorChanged,
    /// A person made a user's second factor void.
    #[strum(serialize = "reset second factor")]
    SecondFactorReset,
    /// A user signed in with a one-time code in place of the second factor.
    #[strum(serialize = "one-time code used")]
    OneTimeCodeUsed,
    /// A user has new one-time codes.
    #[strum(serialize = "new one-time codes")]
    OneTimeCodesMade,
    /// A user signed in.
    #[strum(serialize = "sign in")]
    SignedIn,
    /// A session was ended by its user.
    #[strum(serialize = "sign out")]
    SignedOut,
    /// Attempts to sign in as a user failed so often that no more are taken for a while.
    #[strum(serialize = "sign-ins limited")]
    SignInsLimited,
    /// A user fetched a file, or saw a record, in which values stand unmasked.
    #[strum(serialize = "seen unmasked")]
    SeenUnmasked,
    /// A person uploaded a file through the dashboard or the API.
    Upload,
}

impl EventAction {
    /// Whether people may have to be told of it: a file is late, or something keeps files from being fetched, sent or taken.
    pub(crate) fn needs_people(&self) -> bool {
        matches!(
            self,
            EventAction::Bug
                | EventAction::DiskFull
                | EventAction::EndpointFailing
                | EventAction::EndpointStopped
                | EventAction::FileExpected
                | EventAction::GivenUp
                | EventAction::InboundUnknown
                | EventAction::NotCleared
                | EventAction::NotFetched
                | EventAction::NotSent
                | EventAction::NotTaken
                | EventAction::PurgeFailed
                | EventAction::RunFailed
                | EventAction::Trouble
        )
    }

    /// The words of every kind of action. Behind some, which end with a space, stands a list.
    pub(crate) const fn kinds() -> &'static [&'static str] {
        EventAction::VARIANTS
    }

    /// The action of these words.
    pub fn parse(words: &str) -> Option<EventAction> {
        if let Some(findings) = words.strip_prefix("accept finding ") {
            return list(findings).map(EventAction::AcceptFindings);
        }
        match words.strip_prefix("dismiss record ") {
            Some(records) => list(records).map(EventAction::DismissRecords),
            None => words.parse().ok(),
        }
    }
}

/// Reads what is written with commas between.
fn list<T: FromStr>(text: &str) -> Option<Vec<T>> {
    let items = text.split(", ").map(str::parse);
    items.collect::<Result<_, _>>().ok()
}

fn listed<T: ToString>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    items.join(", ")
}

impl fmt::Display for EventAction {
    /// The words in the ledger, which people read as well.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.into())?;
        match self {
            EventAction::AcceptFindings(findings) => f.write_str(&listed(findings)),
            EventAction::DismissRecords(records) => f.write_str(&listed(records)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EventAction;
    use strum::EnumCount;

    #[test]
    fn the_words_of_actions_are_those_that_ledgers_hold() {
        let words = [
            "accept finding SSN_CHANGED:14, RETRO:3",
            "backup",
            "benefits level",
            "bug",
            "clone",
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
            "not run",
            "not sent",
            "not taken",
            "one-off ended",
            "open enrollment",
            "pause",
            "purge",
            "purge failed",
            "recover",
            "merge employee",
            "remove employee",
            "restore employee",
            "unlink employee",
            "sync employees",
            "refuse",
            "release",
            "release year",
            "reload",
            "reload refused",
            "resume",
            "run failed",
            "run later",
            "set stopped",
            "trouble",
            "trust",
            "revoke token",
            "new token",
            "add account",
            "change account",
            "disable account",
            "enable account",
            "new link",
            "enrol",
            "change password",
            "change second factor",
            "reset second factor",
            "one-time code used",
            "new one-time codes",
            "sign in",
            "sign out",
            "sign-ins limited",
            "seen unmasked",
            "upload",
        ];
        assert_eq!(words.len(), EventAction::COUNT);
        for word in words {
            let action = EventAction::parse(word);
            assert_eq!(action.map(|a| a.to_string()).as_deref(), Some(word));
        }
        assert_eq!(
            EventAction::parse("dismiss record 3, 17"),
            Some(EventAction::DismissRecords(vec![3, 17]))
        );
        for unknown in [
            "",
            "released",
            "dismiss record x",
            "accept finding SSN_AREA:1",
        ] {
            assert_eq!(EventAction::parse(unknown), None);
        }
    }
}
