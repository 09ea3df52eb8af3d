//! Findings, and their codes: stable words that other programs act on. The texts of the codes are in
//! [`super::explanation`].

use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use strum::{IntoStaticStr, VariantArray};

/// Whether a finding rejects its record (or fails its file).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, Serialize)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    /// The record is still accepted.
    Warning,
    /// The record is rejected; on a file, the run ends Failed or Held.
    Error,
}

impl Severity {
    /// `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a code is about; the reference groups codes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, VariantArray)]
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
    /// Plan years and effective dates.
    PlanYear,
    /// The file as a whole; with severity error the run ends Failed.
    File,
    /// The file waits for a person to decide.
    Hold,
}

impl Subject {
    /// Every subject, in the order of the reference.
    pub const ALL: [Subject; Subject::VARIANTS.len()] =
        *Subject::VARIANTS.first_chunk().expect("of this length");

    /// The heading of its codes.
    pub const fn title(self) -> &'static str {
        match self {
            Subject::Field => "Fields and records",
            Subject::Ssn => "Social Security number",
            Subject::Identity => "Subscriber ID, username, name",
            Subject::Status => "Employment status",
            Subject::Matching => "Matching",
            Subject::PlanYear => "Plan years",
            Subject::File => "Files",
            Subject::Hold => "Holds",
        }
    }
}

/// A row of the table of codes.
struct CodeEntry {
    word: &'static str,
    subject: Subject,
    severity: Severity,
    by_policy: bool,
}

macro_rules! finding_codes {
    ($($subject:ident { $($code:ident = $word:literal, $severity:ident $(by $policy:ident)?;)+ })+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "explanation.toml has one section per code")]
        #[repr(u8)]
        pub enum Code { $($($code,)+)+ }

        impl Code {
            /// Every code, by subject.
            pub const ALL: &'static [Code] = &[$($(Code::$code,)+)+];

            const ENTRIES: [CodeEntry; Code::COUNT] = [$($(CodeEntry {
                word: $word,
                subject: Subject::$subject,
                severity: Severity::$severity,
                by_policy: finding_codes!(@ $($policy)?),
            },)+)+];
        }
    };
    (@) => { false };
    (@ policy) => { true };
}

// The codes, each with its stable word and its severity. `by policy`: the configuration can change the severity.
//
// A new code is a row here and a section in explanation.toml. `FEEDGATE_BLESS=1 cargo test --test it docs::` then
// rewrites docs/findings.md.
finding_codes! {
    Field {
        RequiredMissing = "REQUIRED_MISSING", Error;
        DateInvalid = "DATE_INVALID", Error;
        DateAmbiguous = "DATE_AMBIGUOUS", Error;
        DateOrder = "DATE_ORDER", Error;
        DateRange = "DATE_RANGE", Error;
        AmountInvalid = "AMOUNT_INVALID", Error;
        AmountPrecision = "AMOUNT_PRECISION", Error;
        AmountNegative = "AMOUNT_NEGATIVE", Error;
        AmountSplit = "AMOUNT_SPLIT", Error;
        CodeUnknown = "CODE_UNKNOWN", Error;
        TextTooLong = "TEXT_TOO_LONG", Error;
        EmailInvalid = "EMAIL_INVALID", Error;
        ZipInvalid = "ZIP_INVALID", Error;
        EinInvalid = "EIN_INVALID", Error;
        EinForeign = "EIN_FOREIGN", Error;
        FieldCount = "FIELD_COUNT", Error;
        QuoteMisplaced = "QUOTE_MISPLACED", Error;
        FieldTooLong = "FIELD_TOO_LONG", Error;
        ControlCharacter = "CONTROL_CHARACTER", Error;
        EncodingMixed = "ENCODING_MIXED", Error;
        SpreadsheetNumber = "SPREADSHEET_NUMBER", Error;
        SpreadsheetError = "SPREADSHEET_ERROR", Error;
        PlaceholderBlanked = "PLACEHOLDER_BLANKED", Warning;
    }
    Ssn {
        SsnLength = "SSN_LENGTH", Error;
        SsnNotDigits = "SSN_NOT_DIGITS", Error;
        SsnMasked = "SSN_MASKED", Error;
        SsnArea = "SSN_AREA", Error;
        SsnGroup = "SSN_GROUP", Error;
        SsnSerial = "SSN_SERIAL", Error;
        SsnNeverIssued = "SSN_NEVER_ISSUED", Error;
        SsnPlaceholder = "SSN_PLACEHOLDER", Error by policy;
        SsnIsItin = "SSN_IS_ITIN", Error by policy;
        SsnIsAtin = "SSN_IS_ATIN", Error;
        SsnLeadingZeroLost = "SSN_LEADING_ZERO_LOST", Error by policy;
    }
    Identity {
        SubscriberIdFormat = "SUBSCRIBER_ID_FORMAT", Error;
        SubscriberIdIsSsn = "SUBSCRIBER_ID_IS_SSN", Error by policy;
        UsernameFormat = "USERNAME_FORMAT", Error;
        UsernamePattern = "USERNAME_PATTERN", Warning;
        UsernameSsnDisagree = "USERNAME_SSN_DISAGREE", Warning;
        NameLooksTest = "NAME_LOOKS_TEST", Warning;
        NameLooksEmpty = "NAME_LOOKS_EMPTY", Warning;
    }
    Status {
        TerminationDateMissing = "TERMINATION_DATE_MISSING", Error;
        TerminationWithoutStatus = "TERMINATION_WITHOUT_STATUS", Warning;
    }
    Matching {
        DuplicateRow = "DUPLICATE_ROW", Warning;
        DuplicateConflict = "DUPLICATE_CONFLICT", Error;
        SsnShared = "SSN_SHARED", Error;
        UsernameShared = "USERNAME_SHARED", Error;
        PrimaryEinConflict = "PRIMARY_EIN_CONFLICT", Error;
        SsnInUse = "SSN_IN_USE", Error;
        UsernameInUse = "USERNAME_IN_USE", Error;
        SsnChanged = "SSN_CHANGED", Error by policy;
        RehireNewId = "REHIRE_NEW_ID", Warning by policy;
        TestFlagConflict = "TEST_FLAG_CONFLICT", Error;
        EmailAmbiguous = "EMAIL_AMBIGUOUS", Error;
        EmailChangedElsewhere = "EMAIL_CHANGED_ELSEWHERE", Warning;
        SubscriberUnknown = "SUBSCRIBER_UNKNOWN", Error;
        SsnMismatch = "SSN_MISMATCH", Error;
        UsernameMismatch = "USERNAME_MISMATCH", Error;
        IdentityMismatch = "IDENTITY_MISMATCH", Error;
        EmployeeTerminated = "EMPLOYEE_TERMINATED", Error by policy;
        EmployeeMissing = "EMPLOYEE_MISSING", Warning;
        DeductionMissing = "DEDUCTION_MISSING", Warning;
        StopUnknown = "STOP_UNKNOWN", Warning;
        ActionOverruled = "ACTION_OVERRULED", Warning;
        LeftScope = "LEFT_SCOPE", Warning;
        OlderThanRoster = "OLDER_THAN_ROSTER", Warning;
        AlreadyAccepted = "ALREADY_ACCEPTED", Error;
        NotRejected = "NOT_REJECTED", Error;
        LeadingZerosRestored = "LEADING_ZEROS_RESTORED", Warning;
        CorrectionSkipped = "CORRECTION_SKIPPED", Warning;
    }
    PlanYear {
        PlanYearUnknown = "PLAN_YEAR_UNKNOWN", Error;
        PlanYearOutside = "PLAN_YEAR_OUTSIDE", Error;
        PlanYearMixed = "PLAN_YEAR_MIXED", Error;
        Retro = "RETRO", Warning by policy;
    }
    File {
        FileEmpty = "FILE_EMPTY", Error;
        FileBinary = "FILE_BINARY", Error;
        FileTooLarge = "FILE_TOO_LARGE", Error;
        FileNameRefused = "FILE_NAME_REFUSED", Error;
        NameNotTaken = "NAME_NOT_TAKEN", Error;
        NulByte = "NUL_BYTE", Error;
        EncodingAssumed = "ENCODING_ASSUMED", Warning;
        EncodingInvalid = "ENCODING_INVALID", Error;
        QuoteUnclosed = "QUOTE_UNCLOSED", Error;
        QuoteRunaway = "QUOTE_RUNAWAY", Error;
        RecordTooLong = "RECORD_TOO_LONG", Error;
        RecordTooManyLines = "RECORD_TOO_MANY_LINES", Error;
        RecordsTooMany = "RECORDS_TOO_MANY", Error;
        ColumnsTooMany = "COLUMNS_TOO_MANY", Error;
        ColumnMissing = "COLUMN_MISSING", Error;
        ColumnDuplicate = "COLUMN_DUPLICATE", Error;
        ColumnNotFound = "COLUMN_NOT_FOUND", Warning;
        ControlTotal = "CONTROL_TOTAL", Error;
        StoredIdUnreadable = "STORED_ID_UNREADABLE", Error;
    }
    Hold {
        RosterEmpty = "ROSTER_EMPTY", Error;
        SameAsEarlier = "SAME_AS_EARLIER", Error;
        PriorYearAfterCurrent = "PRIOR_YEAR_AFTER_CURRENT", Error;
        InitialImportRequired = "INITIAL_IMPORT_REQUIRED", Error;
        OmissionUnsure = "OMISSION_UNSURE", Error;
        ColumnGone = "COLUMN_GONE", Error;
        GuardErrors = "GUARD_ERRORS", Error;
        GuardTerminations = "GUARD_TERMINATIONS", Error;
        GuardMissing = "GUARD_MISSING", Error;
        GuardRows = "GUARD_ROWS", Error;
        GuardAmount = "GUARD_AMOUNT", Error;
    }
}

impl Code {
    pub const COUNT: usize = Code::ALL.len();

    const fn entry(self) -> &'static CodeEntry {
        &Code::ENTRIES[self as usize]
    }

    pub const fn as_str(self) -> &'static str {
        self.entry().word
    }

    /// What the code is about.
    pub const fn subject(self) -> Subject {
        self.entry().subject
    }

    /// The severity unless a policy of the configuration says otherwise.
    pub const fn severity(self) -> Severity {
        self.entry().severity
    }

    /// The severity in words, for people: whether a policy can change it, or that the file is held.
    pub fn severity_in_words(self) -> String {
        match self.entry() {
            entry if entry.by_policy => format!("{} (by policy)", entry.severity.as_str()),
            entry if entry.subject == Subject::Hold => "hold".to_owned(),
            entry => entry.severity.as_str().to_owned(),
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

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A finding as the ledger keeps it and as JSON shows it: what, where, how bad; never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub code: Code,
    /// The canonical column (or `custom.…`), empty for a finding on the whole record or file.
    pub field: Cow<'static, str>,
    /// The physical line where the record starts, from 1; 0 where there is none.
    pub line: u64,
    /// The data record's number, from 1; 0 for a finding on the file.
    pub record: u64,
    pub severity: Severity,
}

/// Where a record is in its file; 0 where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The physical line where the record starts, from 1.
    pub(crate) line: u64,
    /// The data record's number, from 1.
    pub(crate) record: u64,
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
