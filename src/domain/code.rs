//! Finding codes: stable words that outside tools act on. What each means is in [`super::catalogue`].

use std::fmt;

/// Whether a finding rejects its record (or fails its file).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The record is accepted all the same.
    Warning,
    /// The record is rejected; on a file, the run ends Failed or Held.
    Error,
}

impl Severity {
    /// `warning` or `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What a code speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One field, or the shape of one record.
    Field,
    /// The SSN (SSA POMS RM 10201.035 and the IRS ranges).
    Ssn,
    /// Subscriber ID, username, name.
    Identity,
    /// Employment status against termination date.
    Status,
    /// Within the file and against the last accepted state.
    Matching,
    /// Plan years and dates of effect.
    PlanYear,
    /// The file as a whole; with severity error the run ends Failed.
    File,
    /// The file waits for a person.
    Hold,
}

/// A finding code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the catalogue holds one explanation per code")]
#[repr(u8)]
pub enum Code {
    RequiredMissing,
    DateInvalid,
    DateAmbiguous,
    DateOrder,
    DateRange,
    AmountInvalid,
    AmountPrecision,
    AmountNegative,
    AmountSplit,
    CodeUnknown,
    TextTooLong,
    EmailInvalid,
    ZipInvalid,
    EinInvalid,
    EinForeign,
    FieldCount,
    FieldTooLong,
    ControlCharacter,
    SpreadsheetNumber,
    SsnLength,
    SsnNotDigits,
    SsnMasked,
    SsnArea,
    SsnGroup,
    SsnSerial,
    SsnNeverIssued,
    SsnPlaceholder,
    SsnIsItin,
    SsnIsAtin,
    SsnLeadingZeroLost,
    SubscriberIdFormat,
    SubscriberIdIsSsn,
    UsernameFormat,
    UsernamePattern,
    UsernameSsnDisagree,
    NameLooksTest,
    TerminationDateMissing,
    TerminationWithoutStatus,
    DuplicateRow,
    DuplicateConflict,
    SsnShared,
    UsernameShared,
    PrimaryEinConflict,
    SsnInUse,
    UsernameInUse,
    SsnChanged,
    EmailAmbiguous,
    SubscriberUnknown,
    SsnMismatch,
    UsernameMismatch,
    IdentityMismatch,
    EmployeeTerminated,
    EmployeeMissing,
    AlreadyAccepted,
    PlanYearUnknown,
    PlanYearOutside,
    PlanYearMixed,
    Retro,
    FileEmpty,
    FileBinary,
    FileTooLarge,
    FileNameRefused,
    NulByte,
    EncodingAssumed,
    EncodingInvalid,
    QuoteUnclosed,
    RecordTooLong,
    RecordTooManyLines,
    RecordsTooMany,
    ColumnsTooMany,
    ColumnMissing,
    ColumnDuplicate,
    ControlTotal,
    RosterEmpty,
    PriorYearAfterCurrent,
    InitialImportRequired,
    OmissionUnsure,
    GuardErrors,
    GuardTerminations,
    GuardMissing,
    GuardRows,
    GuardAmount,
}

impl Code {
    /// How many codes there are.
    pub const COUNT: usize = Code::ALL.len();

    /// Every code, by subject.
    pub const ALL: &'static [Code] = &[
        Code::RequiredMissing,
        Code::DateInvalid,
        Code::DateAmbiguous,
        Code::DateOrder,
        Code::DateRange,
        Code::AmountInvalid,
        Code::AmountPrecision,
        Code::AmountNegative,
        Code::AmountSplit,
        Code::CodeUnknown,
        Code::TextTooLong,
        Code::EmailInvalid,
        Code::ZipInvalid,
        Code::EinInvalid,
        Code::EinForeign,
        Code::FieldCount,
        Code::FieldTooLong,
        Code::ControlCharacter,
        Code::SpreadsheetNumber,
        Code::SsnLength,
        Code::SsnNotDigits,
        Code::SsnMasked,
        Code::SsnArea,
        Code::SsnGroup,
        Code::SsnSerial,
        Code::SsnNeverIssued,
        Code::SsnPlaceholder,
        Code::SsnIsItin,
        Code::SsnIsAtin,
        Code::SsnLeadingZeroLost,
        Code::SubscriberIdFormat,
        Code::SubscriberIdIsSsn,
        Code::UsernameFormat,
        Code::UsernamePattern,
        Code::UsernameSsnDisagree,
        Code::NameLooksTest,
        Code::TerminationDateMissing,
        Code::TerminationWithoutStatus,
        Code::DuplicateRow,
        Code::DuplicateConflict,
        Code::SsnShared,
        Code::UsernameShared,
        Code::PrimaryEinConflict,
        Code::SsnInUse,
        Code::UsernameInUse,
        Code::SsnChanged,
        Code::EmailAmbiguous,
        Code::SubscriberUnknown,
        Code::SsnMismatch,
        Code::UsernameMismatch,
        Code::IdentityMismatch,
        Code::EmployeeTerminated,
        Code::EmployeeMissing,
        Code::AlreadyAccepted,
        Code::PlanYearUnknown,
        Code::PlanYearOutside,
        Code::PlanYearMixed,
        Code::Retro,
        Code::FileEmpty,
        Code::FileBinary,
        Code::FileTooLarge,
        Code::FileNameRefused,
        Code::NulByte,
        Code::EncodingAssumed,
        Code::EncodingInvalid,
        Code::QuoteUnclosed,
        Code::RecordTooLong,
        Code::RecordTooManyLines,
        Code::RecordsTooMany,
        Code::ColumnsTooMany,
        Code::ColumnMissing,
        Code::ColumnDuplicate,
        Code::ControlTotal,
        Code::RosterEmpty,
        Code::PriorYearAfterCurrent,
        Code::InitialImportRequired,
        Code::OmissionUnsure,
        Code::GuardErrors,
        Code::GuardTerminations,
        Code::GuardMissing,
        Code::GuardRows,
        Code::GuardAmount,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::RequiredMissing => "REQUIRED_MISSING",
            Code::DateInvalid => "DATE_INVALID",
            Code::DateAmbiguous => "DATE_AMBIGUOUS",
            Code::DateOrder => "DATE_ORDER",
            Code::DateRange => "DATE_RANGE",
            Code::AmountInvalid => "AMOUNT_INVALID",
            Code::AmountPrecision => "AMOUNT_PRECISION",
            Code::AmountNegative => "AMOUNT_NEGATIVE",
            Code::AmountSplit => "AMOUNT_SPLIT",
            Code::CodeUnknown => "CODE_UNKNOWN",
            Code::TextTooLong => "TEXT_TOO_LONG",
            Code::EmailInvalid => "EMAIL_INVALID",
            Code::ZipInvalid => "ZIP_INVALID",
            Code::EinInvalid => "EIN_INVALID",
            Code::EinForeign => "EIN_FOREIGN",
            Code::FieldCount => "FIELD_COUNT",
            Code::FieldTooLong => "FIELD_TOO_LONG",
            Code::ControlCharacter => "CONTROL_CHARACTER",
            Code::SpreadsheetNumber => "SPREADSHEET_NUMBER",
            Code::SsnLength => "SSN_LENGTH",
            Code::SsnNotDigits => "SSN_NOT_DIGITS",
            Code::SsnMasked => "SSN_MASKED",
            Code::SsnArea => "SSN_AREA",
            Code::SsnGroup => "SSN_GROUP",
            Code::SsnSerial => "SSN_SERIAL",
            Code::SsnNeverIssued => "SSN_NEVER_ISSUED",
            Code::SsnPlaceholder => "SSN_PLACEHOLDER",
            Code::SsnIsItin => "SSN_IS_ITIN",
            Code::SsnIsAtin => "SSN_IS_ATIN",
            Code::SsnLeadingZeroLost => "SSN_LEADING_ZERO_LOST",
            Code::SubscriberIdFormat => "SUBSCRIBER_ID_FORMAT",
            Code::SubscriberIdIsSsn => "SUBSCRIBER_ID_IS_SSN",
            Code::UsernameFormat => "USERNAME_FORMAT",
            Code::UsernamePattern => "USERNAME_PATTERN",
            Code::UsernameSsnDisagree => "USERNAME_SSN_DISAGREE",
            Code::NameLooksTest => "NAME_LOOKS_TEST",
            Code::TerminationDateMissing => "TERMINATION_DATE_MISSING",
            Code::TerminationWithoutStatus => "TERMINATION_WITHOUT_STATUS",
            Code::DuplicateRow => "DUPLICATE_ROW",
            Code::DuplicateConflict => "DUPLICATE_CONFLICT",
            Code::SsnShared => "SSN_SHARED",
            Code::UsernameShared => "USERNAME_SHARED",
            Code::PrimaryEinConflict => "PRIMARY_EIN_CONFLICT",
            Code::SsnInUse => "SSN_IN_USE",
            Code::UsernameInUse => "USERNAME_IN_USE",
            Code::SsnChanged => "SSN_CHANGED",
            Code::EmailAmbiguous => "EMAIL_AMBIGUOUS",
            Code::SubscriberUnknown => "SUBSCRIBER_UNKNOWN",
            Code::SsnMismatch => "SSN_MISMATCH",
            Code::UsernameMismatch => "USERNAME_MISMATCH",
            Code::IdentityMismatch => "IDENTITY_MISMATCH",
            Code::EmployeeTerminated => "EMPLOYEE_TERMINATED",
            Code::EmployeeMissing => "EMPLOYEE_MISSING",
            Code::AlreadyAccepted => "ALREADY_ACCEPTED",
            Code::PlanYearUnknown => "PLAN_YEAR_UNKNOWN",
            Code::PlanYearOutside => "PLAN_YEAR_OUTSIDE",
            Code::PlanYearMixed => "PLAN_YEAR_MIXED",
            Code::Retro => "RETRO",
            Code::FileEmpty => "FILE_EMPTY",
            Code::FileBinary => "FILE_BINARY",
            Code::FileTooLarge => "FILE_TOO_LARGE",
            Code::FileNameRefused => "FILE_NAME_REFUSED",
            Code::NulByte => "NUL_BYTE",
            Code::EncodingAssumed => "ENCODING_ASSUMED",
            Code::EncodingInvalid => "ENCODING_INVALID",
            Code::QuoteUnclosed => "QUOTE_UNCLOSED",
            Code::RecordTooLong => "RECORD_TOO_LONG",
            Code::RecordTooManyLines => "RECORD_TOO_MANY_LINES",
            Code::RecordsTooMany => "RECORDS_TOO_MANY",
            Code::ColumnsTooMany => "COLUMNS_TOO_MANY",
            Code::ColumnMissing => "COLUMN_MISSING",
            Code::ColumnDuplicate => "COLUMN_DUPLICATE",
            Code::ControlTotal => "CONTROL_TOTAL",
            Code::RosterEmpty => "ROSTER_EMPTY",
            Code::PriorYearAfterCurrent => "PRIOR_YEAR_AFTER_CURRENT",
            Code::InitialImportRequired => "INITIAL_IMPORT_REQUIRED",
            Code::OmissionUnsure => "OMISSION_UNSURE",
            Code::GuardErrors => "GUARD_ERRORS",
            Code::GuardTerminations => "GUARD_TERMINATIONS",
            Code::GuardMissing => "GUARD_MISSING",
            Code::GuardRows => "GUARD_ROWS",
            Code::GuardAmount => "GUARD_AMOUNT",
        }
    }

    /// What the code speaks of.
    pub const fn subject(self) -> Subject {
        match self {
            Code::RequiredMissing
            | Code::DateInvalid
            | Code::DateAmbiguous
            | Code::DateOrder
            | Code::DateRange
            | Code::AmountInvalid
            | Code::AmountPrecision
            | Code::AmountNegative
            | Code::AmountSplit
            | Code::CodeUnknown
            | Code::TextTooLong
            | Code::EmailInvalid
            | Code::ZipInvalid
            | Code::EinInvalid
            | Code::EinForeign
            | Code::FieldCount
            | Code::FieldTooLong
            | Code::ControlCharacter
            | Code::SpreadsheetNumber => Subject::Field,
            Code::SsnLength
            | Code::SsnNotDigits
            | Code::SsnMasked
            | Code::SsnArea
            | Code::SsnGroup
            | Code::SsnSerial
            | Code::SsnNeverIssued
            | Code::SsnPlaceholder
            | Code::SsnIsItin
            | Code::SsnIsAtin
            | Code::SsnLeadingZeroLost => Subject::Ssn,
            Code::SubscriberIdFormat
            | Code::SubscriberIdIsSsn
            | Code::UsernameFormat
            | Code::UsernamePattern
            | Code::UsernameSsnDisagree
            | Code::NameLooksTest => Subject::Identity,
            Code::TerminationDateMissing | Code::TerminationWithoutStatus => Subject::Status,
            Code::DuplicateRow
            | Code::DuplicateConflict
            | Code::SsnShared
            | Code::UsernameShared
            | Code::PrimaryEinConflict
            | Code::SsnInUse
            | Code::UsernameInUse
            | Code::SsnChanged
            | Code::EmailAmbiguous
            | Code::SubscriberUnknown
            | Code::SsnMismatch
            | Code::UsernameMismatch
            | Code::IdentityMismatch
            | Code::EmployeeTerminated
            | Code::EmployeeMissing
            | Code::AlreadyAccepted => Subject::Matching,
            Code::PlanYearUnknown | Code::PlanYearOutside | Code::PlanYearMixed | Code::Retro => {
                Subject::PlanYear
            }
            Code::FileEmpty
            | Code::FileBinary
            | Code::FileTooLarge
            | Code::FileNameRefused
            | Code::NulByte
            | Code::EncodingAssumed
            | Code::EncodingInvalid
            | Code::QuoteUnclosed
            | Code::RecordTooLong
            | Code::RecordTooManyLines
            | Code::RecordsTooMany
            | Code::ColumnsTooMany
            | Code::ColumnMissing
            | Code::ColumnDuplicate
            | Code::ControlTotal => Subject::File,
            Code::RosterEmpty
            | Code::PriorYearAfterCurrent
            | Code::InitialImportRequired
            | Code::OmissionUnsure
            | Code::GuardErrors
            | Code::GuardTerminations
            | Code::GuardMissing
            | Code::GuardRows
            | Code::GuardAmount => Subject::Hold,
        }
    }

    /// The severity unless a policy of the configuration says otherwise.
    pub const fn severity(self) -> Severity {
        match self {
            Code::UsernamePattern
            | Code::UsernameSsnDisagree
            | Code::NameLooksTest
            | Code::TerminationWithoutStatus
            | Code::DuplicateRow
            | Code::EmployeeMissing
            | Code::Retro
            | Code::EncodingAssumed => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// The code with this word.
    pub fn parse(word: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|c| c.as_str() == word)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn words_read_back() {
        for (place, code) in Code::ALL.iter().enumerate() {
            assert_eq!(*code as usize, place);
            assert_eq!(Code::parse(code.as_str()), Some(*code));
        }
    }
}
