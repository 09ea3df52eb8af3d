//! A row as the other rows of its file see it.

/// What makes two rows of a file the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowKey {
    /// The subscriber. Each has one primary employer: rows of two are a conflict.
    Subscriber,
    /// A key of the record's own, of which a subscriber may have any number.
    Own,
}

/// The keys of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowKeys {
    /// See [`RowKey`].
    pub key_hash: Option<u64>,
    /// The employer, where the key is the subscriber.
    pub ein: u32,
    /// What the records share that follow each other, where the key is the record's own; see [`super::series`].
    pub series: u64,
}

/// A record's identities within its file, as keyed hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowIdentity {
    pub subscriber_hash: Option<u64>,
    /// See [`RowKey`]. Nothing where the employer can't be read or is not ours: such a row is no other row's copy.
    pub key_hash: Option<u64>,
    /// The employer, where the key is the subscriber.
    pub ein: u32,
    /// See [`RowKeys::series`].
    pub series: u64,
    /// Whether the record belongs to an employer that the integration does not take.
    pub foreign: bool,
    /// The SSN's number, if it is valid and no placeholder.
    pub ssn: Option<u32>,
    /// Hash of the username, if it is valid.
    pub username_hash: Option<u64>,
}

/// What the other rows of a file need to know of a row. Hashes are 0 where there is nothing.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, in the bytes that would be padding"
)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FileRow {
    /// The subscriber as sent, also of rows that are rejected.
    pub subscriber_hash: u64,
    /// See [`RowKey`]; of rows whose key is valid.
    pub key_hash: u64,
    /// Fingerprint of the content.
    pub content: u64,
    /// If the username is valid.
    pub username_hash: u64,
    /// The SSN's number, if it is valid and no placeholder.
    pub ssn: u32,
    /// The employer, where the key is the subscriber.
    pub ein: u32,
    /// Position in the roster, if the row is known.
    pub person: u32,
    /// Position of the state stored for the key, if there is one: in the roster, or among the deductions.
    pub stored_at: u32,
    /// Its place among the rows of its key, 0 for the most preferred.
    pub rank: u8,
    /// The roster knows the subscriber.
    pub known: bool,
    /// The subscriber is valid.
    pub identified: bool,
    /// A state is stored for the key.
    pub stored: bool,
    /// The content is the stored one.
    pub same: bool,
    /// The SSN is that of the person in the roster, and of no other.
    pub own_ssn: bool,
    /// The username is that of the person in the roster, and of no other.
    pub own_username: bool,
    /// The person in the roster has another SSN, which the row gives up.
    pub gives_ssn: bool,
    /// The person in the roster has another username, which the row gives up.
    pub gives_username: bool,
    /// The row makes up the roster, and nothing rejects it but, perhaps, that its SSN or username is in use.
    pub sound: bool,
}

impl FileRow {
    /// The hash of the key, if it is valid.
    pub(crate) fn key(&self) -> Option<u64> {
        (self.key_hash != 0).then_some(self.key_hash)
    }

    /// The hash of the key that a correction of the row will have, if that is known: it is the subscriber's even where
    /// the row's employer can't be read.
    pub(crate) fn key_of_correction(&self, key: RowKey) -> Option<u64> {
        let subscriber =
            || (key == RowKey::Subscriber && self.identified).then_some(self.subscriber_hash);
        self.key().or_else(subscriber)
    }
}
