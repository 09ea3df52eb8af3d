//! What each finding code means and how to fix it. One file per subject; [`explain`] names every code,
//! so a code without its text does not compile.

mod field;
mod file;
mod hold;
mod identity;
mod matching;
mod plan_year;
mod reference;
mod ssn;
mod status;
mod suggest;

pub(crate) use reference::{severity, subjects};
pub(crate) use suggest::suggestions;

use super::Code;

/// The texts of one code. None of them holds a value of a record.
#[derive(Debug)]
pub struct Explanation {
    /// One short plain sentence: the error file's `message` column.
    pub message: &'static str,
    /// What the code means, by which rule, and which policies change it. Markdown.
    pub meaning: &'static str,
    /// An example with made-up data. Markdown.
    pub example: &'static str,
    /// What to do, so that the record passes when it is sent again: the error file's `how_to_fix` column. Plain text.
    pub fix: &'static str,
}

/// The texts of a code.
pub fn explain(code: Code) -> &'static Explanation {
    match code {
        Code::RequiredMissing => &field::REQUIRED_MISSING,
        Code::DateInvalid => &field::DATE_INVALID,
        Code::DateAmbiguous => &field::DATE_AMBIGUOUS,
        Code::DateOrder => &field::DATE_ORDER,
        Code::DateRange => &field::DATE_RANGE,
        Code::AmountInvalid => &field::AMOUNT_INVALID,
        Code::AmountPrecision => &field::AMOUNT_PRECISION,
        Code::AmountNegative => &field::AMOUNT_NEGATIVE,
        Code::AmountSplit => &field::AMOUNT_SPLIT,
        Code::CodeUnknown => &field::CODE_UNKNOWN,
        Code::TextTooLong => &field::TEXT_TOO_LONG,
        Code::EmailInvalid => &field::EMAIL_INVALID,
        Code::ZipInvalid => &field::ZIP_INVALID,
        Code::EinInvalid => &field::EIN_INVALID,
        Code::EinForeign => &field::EIN_FOREIGN,
        Code::FieldCount => &field::FIELD_COUNT,
        Code::FieldTooLong => &field::FIELD_TOO_LONG,
        Code::ControlCharacter => &field::CONTROL_CHARACTER,
        Code::SpreadsheetNumber => &field::SPREADSHEET_NUMBER,
        Code::SsnLength => &ssn::SSN_LENGTH,
        Code::SsnNotDigits => &ssn::SSN_NOT_DIGITS,
        Code::SsnMasked => &ssn::SSN_MASKED,
        Code::SsnArea => &ssn::SSN_AREA,
        Code::SsnGroup => &ssn::SSN_GROUP,
        Code::SsnSerial => &ssn::SSN_SERIAL,
        Code::SsnNeverIssued => &ssn::SSN_NEVER_ISSUED,
        Code::SsnPlaceholder => &ssn::SSN_PLACEHOLDER,
        Code::SsnIsItin => &ssn::SSN_IS_ITIN,
        Code::SsnIsAtin => &ssn::SSN_IS_ATIN,
        Code::SsnLeadingZeroLost => &ssn::SSN_LEADING_ZERO_LOST,
        Code::SubscriberIdFormat => &identity::SUBSCRIBER_ID_FORMAT,
        Code::SubscriberIdIsSsn => &identity::SUBSCRIBER_ID_IS_SSN,
        Code::UsernameFormat => &identity::USERNAME_FORMAT,
        Code::UsernamePattern => &identity::USERNAME_PATTERN,
        Code::UsernameSsnDisagree => &identity::USERNAME_SSN_DISAGREE,
        Code::NameLooksTest => &identity::NAME_LOOKS_TEST,
        Code::TerminationDateMissing => &status::TERMINATION_DATE_MISSING,
        Code::TerminationWithoutStatus => &status::TERMINATION_WITHOUT_STATUS,
        Code::DuplicateRow => &matching::DUPLICATE_ROW,
        Code::DuplicateConflict => &matching::DUPLICATE_CONFLICT,
        Code::SsnShared => &matching::SSN_SHARED,
        Code::UsernameShared => &matching::USERNAME_SHARED,
        Code::PrimaryEinConflict => &matching::PRIMARY_EIN_CONFLICT,
        Code::SsnInUse => &matching::SSN_IN_USE,
        Code::UsernameInUse => &matching::USERNAME_IN_USE,
        Code::SsnChanged => &matching::SSN_CHANGED,
        Code::EmailAmbiguous => &matching::EMAIL_AMBIGUOUS,
        Code::SubscriberUnknown => &matching::SUBSCRIBER_UNKNOWN,
        Code::SsnMismatch => &matching::SSN_MISMATCH,
        Code::UsernameMismatch => &matching::USERNAME_MISMATCH,
        Code::IdentityMismatch => &matching::IDENTITY_MISMATCH,
        Code::EmployeeTerminated => &matching::EMPLOYEE_TERMINATED,
        Code::EmployeeMissing => &matching::EMPLOYEE_MISSING,
        Code::AlreadyAccepted => &matching::ALREADY_ACCEPTED,
        Code::PlanYearUnknown => &plan_year::PLAN_YEAR_UNKNOWN,
        Code::PlanYearOutside => &plan_year::PLAN_YEAR_OUTSIDE,
        Code::PlanYearMixed => &plan_year::PLAN_YEAR_MIXED,
        Code::Retro => &plan_year::RETRO,
        Code::FileEmpty => &file::FILE_EMPTY,
        Code::FileBinary => &file::FILE_BINARY,
        Code::FileTooLarge => &file::FILE_TOO_LARGE,
        Code::FileNameRefused => &file::FILE_NAME_REFUSED,
        Code::NulByte => &file::NUL_BYTE,
        Code::EncodingAssumed => &file::ENCODING_ASSUMED,
        Code::EncodingInvalid => &file::ENCODING_INVALID,
        Code::QuoteUnclosed => &file::QUOTE_UNCLOSED,
        Code::RecordTooLong => &file::RECORD_TOO_LONG,
        Code::RecordTooManyLines => &file::RECORD_TOO_MANY_LINES,
        Code::RecordsTooMany => &file::RECORDS_TOO_MANY,
        Code::ColumnsTooMany => &file::COLUMNS_TOO_MANY,
        Code::ColumnMissing => &file::COLUMN_MISSING,
        Code::ColumnDuplicate => &file::COLUMN_DUPLICATE,
        Code::ControlTotal => &file::CONTROL_TOTAL,
        Code::RosterEmpty => &hold::ROSTER_EMPTY,
        Code::PriorYearAfterCurrent => &hold::PRIOR_YEAR_AFTER_CURRENT,
        Code::InitialImportRequired => &hold::INITIAL_IMPORT_REQUIRED,
        Code::OmissionUnsure => &hold::OMISSION_UNSURE,
        Code::GuardErrors => &hold::GUARD_ERRORS,
        Code::GuardTerminations => &hold::GUARD_TERMINATIONS,
        Code::GuardMissing => &hold::GUARD_MISSING,
        Code::GuardRows => &hold::GUARD_ROWS,
        Code::GuardAmount => &hold::GUARD_AMOUNT,
    }
}

#[cfg(test)]
mod tests {
    use super::explain;
    use crate::domain::{Code, Ssn};
    use std::collections::BTreeMap;

    #[test]
    fn texts_are_whole_plain_and_one_per_code() {
        let mut messages = BTreeMap::new();
        for code in Code::ALL {
            let text = explain(*code);
            let before = messages.insert(text.message, *code);
            assert_eq!(before, None, "{code} repeats a message");
            assert!(text.message.len() <= 110, "{code}: message too long");
            assert_eq!(sentences(text.message), 1, "{code}: message");
            assert!(
                (2..=4).contains(&sentences(text.meaning)),
                "{code}: meaning"
            );
            assert!((1..=2).contains(&sentences(text.fix)), "{code}: fix");
            assert!(!text.example.is_empty(), "{code}: example");
            for plain in [text.message, text.fix] {
                assert!(!plain.contains(['`', '\n']), "{code}: markup in a cell");
            }
            for part in [text.message, text.meaning, text.example, text.fix] {
                assert!(part.ends_with(['.', '?']), "{code}: unfinished sentence");
                assert!(!part.contains("  "), "{code}: doubled space");
            }
        }
    }

    #[test]
    fn no_text_holds_a_number_somebody_may_have() {
        for code in Code::ALL {
            let text = explain(*code);
            for part in [text.message, text.meaning, text.example, text.fix] {
                for word in part.split(|c: char| !c.is_ascii_digit() && c != '-') {
                    let digits: String = word.chars().filter(char::is_ascii_digit).collect();
                    let dashes: Vec<usize> = word.match_indices('-').map(|(at, _)| at).collect();
                    if digits.len() == 9 && matches!(dashes[..], [] | [3, 6]) {
                        let ssn = digits.parse().ok().and_then(Ssn::new).expect("nine digits");
                        let void = matches!(ssn.area(), 0 | 666 | 900..)
                            || ssn.group() == 0
                            || ssn.serial() == 0
                            || matches!(ssn.number(), 123_456_789 | 219_099_999);
                        assert!(void, "{code}: an example number could be real");
                    }
                }
            }
        }
    }

    fn sentences(text: &str) -> usize {
        text.split(". ").count()
    }
}
