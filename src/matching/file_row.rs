//! A row as the other rows of its file see it.

/// What makes two rows of a file the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowKey {
    /// The subscriber. Each has one primary employer: rows of two are a conflict.
    Subscriber,
    /// A key of the record's own, of which a subscriber may have any number.
    Own,
}

/// A record's identities within its file, as keyed hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub subscriber_hash: Option<u64>,
    /// See [`RowKey`].
    pub key_hash: Option<u64>,
    /// The employer, where the key is the subscriber.
    pub ein: u32,
    /// The SSN's number, if it is valid.
    pub ssn: Option<u32>,
    /// Hash of the username, if it is valid.
    pub username_hash: Option<u64>,
}

/// What the other rows of a file need to know of a row. Hashes are 0 where there is nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FileRow {
    /// The subscriber as sent, also of rows that are rejected.
    pub subscriber_hash: u64,
    /// See [`RowKey`]; of rows whose key is valid.
    pub key_hash: u64,
    /// Fingerprint of the content.
    pub content: u64,
    /// If username and subscriber are valid.
    pub username_hash: u64,
    /// The SSN's number, if it and the subscriber are valid.
    pub ssn: u32,
    /// The employer, where the key is the subscriber.
    pub ein: u32,
    /// Position in the roster, if [`FileRow::KNOWN`].
    pub person: u32,
    /// Position of the state stored for the key, if [`FileRow::STORED`]: in the roster, or among the deductions.
    pub stored: u32,
    /// Any of [`FileRow::KNOWN`] and those that follow it.
    pub facts: u8,
}

impl FileRow {
    /// The roster knows the subscriber.
    pub(crate) const KNOWN: u8 = 1;
    /// A state is stored for the key.
    pub(crate) const STORED: u8 = 2;
    /// The content is the stored one.
    pub(crate) const SAME: u8 = 4;
    /// The SSN is that of the person in the roster, and of no other.
    pub(crate) const OWN_SSN: u8 = 8;
    /// The username is that of the person in the roster, and of no other.
    pub(crate) const OWN_USERNAME: u8 = 16;
    /// The subscriber is valid.
    pub(crate) const IDENTIFIED: u8 = 32;
    /// The row is about the employee at [`FileRow::person`], by SSN or username if not by subscriber.
    pub(crate) const ATTRIBUTED: u8 = 64;

    /// Whether a fact is noted.
    pub(crate) fn is(&self, fact: u8) -> bool {
        self.facts & fact != 0
    }

    /// Notes a fact if it holds.
    pub(crate) fn note(&mut self, fact: u8, holds: bool) {
        self.facts |= if holds { fact } else { 0 };
    }

    /// The hash of the key, if it is valid.
    pub(crate) fn key(&self) -> Option<u64> {
        (self.key_hash != 0).then_some(self.key_hash)
    }
}
