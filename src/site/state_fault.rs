//! Why nothing may run on a state folder.

/// Why nothing may run: the state folder is not that of the site's other folders. The message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StateFault {
    /// There is no ledger, or an empty one, but the folders show that there was one.
    #[error(
        "nothing runs: this site has had a ledger ({shows} shows it), and {ledger} is missing or empty. Is the state folder mounted? If it is lost, restore a backup with `feedgate restore DIR`; without one, `feedgate recover --adopt` begins a new ledger"
    )]
    Gone { ledger: String, shows: String },
    /// The folders show what happened after the ledger's last word.
    #[error(
        "nothing runs: {shows}. Was an older state folder restored? If there is a newer one, restore that with `feedgate restore DIR`; otherwise `feedgate recover --adopt` goes on from here"
    )]
    Older { shows: String },
    /// The ledger is another site's.
    #[error(
        "nothing runs: {ledger} belongs to another site than {work}. Put each site's state folder back to its own folders; if they do belong together, `feedgate recover --adopt` says so"
    )]
    OtherSite { ledger: String, work: String },
    /// The key is not the one that the ledger was written with.
    #[error(
        "nothing runs: {key} is not the key of this ledger: with it every known employee would be unknown. Restore the key that was backed up with the ledger, with `feedgate restore DIR`"
    )]
    OtherKey { key: String },
}

impl StateFault {
    /// Whether a recovery can go on from the folders.
    pub(crate) fn can_be_adopted(&self) -> bool {
        !matches!(self, StateFault::OtherKey { .. })
    }
}
