//! The SSN rules of SSA POMS RM 10201.035 and the IRS number ranges.
//!
//! Since 2011-06-25 numbers are randomized, so beyond areas 000, 666 and 900–999, group 00 and serial 0000 no number
//! is structurally invalid.

use super::text::is_spreadsheet_number;
use crate::domain::{Code, Severity, Ssn};

/// What to do about something that may be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Reject,
    Warn,
    Accept,
}

impl Policy {
    /// The severity of a finding under this policy.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Policy::Reject => Some(Severity::Error),
            Policy::Warn => Some(Severity::Warning),
            Policy::Accept => None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct SsnRules {
    pub placeholders: Policy,
    /// For Individual Taxpayer Identification Numbers.
    pub itin: Policy,
    /// Whether seven or eight digits get their leading zeros back.
    pub restore_leading_zeros: bool,
}

/// Numbers printed on sample cards and in advertisements.
const NEVER_ISSUED: [u32; 3] = [78_051_120, 219_099_999, 457_555_462];

/// Digits of a whole SSN.
pub(crate) const DIGITS: usize = 9;

/// Reads and judges an SSN; every finding goes to `report`. `None` where no nine digits could be read.
pub fn read(text: &[u8], rules: &SsnRules, mut report: impl FnMut(Code, Severity)) -> Option<Ssn> {
    let number = match plain_number(text).map_or_else(|| shape(text), Ok) {
        Ok(number) => number,
        Err(Code::SsnLeadingZeroLost) if rules.restore_leading_zeros => {
            report(Code::SsnLeadingZeroLost, Severity::Warning);
            digits(text)
        }
        Err(code) => {
            report(code, Severity::Error);
            return None;
        }
    };
    judged(number, *rules, report)
}

/// Judges the number of nine digits; every finding goes to `report`.
#[inline]
pub(crate) fn judged(
    number: u32,
    rules: SsnRules,
    report: impl FnMut(Code, Severity),
) -> Option<Ssn> {
    let ssn = Ssn::new(number)?;
    structure(ssn, rules, report);
    Some(ssn)
}

/// The number of nine digits or `AAA-GG-SSSS`.
#[inline]
pub(crate) fn plain_number(text: &[u8]) -> Option<u32> {
    let digits = match *text {
        [a, b, c, d, e, f, g, h, i] | [a, b, c, b'-', d, e, b'-', f, g, h, i] => {
            [a, b, c, d, e, f, g, h, i]
        }
        _ => return None,
    };
    let digits = digits.map(|b| b.wrapping_sub(b'0'));
    if digits.iter().fold(0, |most: u8, d| most.max(*d)) > 9 {
        return None;
    }
    Some(digits.iter().fold(0, |n, d| n * 10 + u32::from(*d)))
}

/// The number of a cell that is meant to be the SSN of a person, whatever a policy says of it: also without the zeros that
/// a spreadsheet takes from its start. Numbers that stand for none belong to no one.
pub(crate) fn of_a_person(text: &[u8]) -> Option<Ssn> {
    let text = text.strip_suffix(b".0").unwrap_or(text);
    let number = match plain_number(text).map_or_else(|| shape(text), Ok) {
        Ok(number) => number,
        Err(Code::SsnLeadingZeroLost) => digits(text),
        Err(_) => return None,
    };
    let of_no_one = |ssn: &Ssn| NEVER_ISSUED.contains(&number) || ssn.is_placeholder();
    Ssn::new(number).filter(|ssn| !of_no_one(ssn))
}

/// The number of an accepted shape: `AAAGGSSSS`, `AAA-GG-SSSS`, `AAA GG SSSS`.
fn shape(text: &[u8]) -> Result<u32, Code> {
    let well_placed = match text {
        [_, _, _, a, _, _, b, _, _, _, _] => a == b && matches!(a, b'-' | b' '),
        _ => text.len() == 9,
    };
    let count = text.iter().filter(|b| b.is_ascii_digit()).count();
    let separators = text.iter().filter(|b| matches!(b, b'-' | b' ')).count();
    if well_placed && count == 9 && count + separators == text.len() {
        return Ok(digits(text));
    }
    if is_spreadsheet_number(text) {
        return Err(Code::SpreadsheetNumber);
    }
    if is_masked(text) {
        return Err(Code::SsnMasked);
    }
    if count + separators < text.len() {
        return Err(Code::SsnNotDigits);
    }
    if separators == 0 && matches!(count, 7 | 8) {
        return Err(Code::SsnLeadingZeroLost);
    }
    Err(Code::SsnLength)
}

fn digits(text: &[u8]) -> u32 {
    text.iter()
        .filter(|b| b.is_ascii_digit())
        .fold(0, |n, b| n * 10 + u32::from(b - b'0'))
}

/// `XXX-XX-1234` and its like: mask characters where the first five digits belong.
fn is_masked(text: &[u8]) -> bool {
    let mask = |b: &u8| matches!(b, b'X' | b'x' | b'*' | b'#');
    let masked = text.iter().filter(|b| mask(b)).count();
    let rest = |b: &u8| mask(b) || b.is_ascii_digit() || matches!(b, b'-' | b' ');
    masked >= 3 && text.len() <= 11 && text.iter().all(rest)
}

fn structure(ssn: Ssn, rules: SsnRules, mut report: impl FnMut(Code, Severity)) {
    let number = ssn.number();
    let (area, group) = (ssn.area(), ssn.group());
    if NEVER_ISSUED.contains(&number) {
        return report(Code::SsnNeverIssued, Severity::Error);
    }
    if ssn.is_placeholder() {
        // It stands for no number, so the rules of numbers say nothing of it.
        if let Some(severity) = rules.placeholders.severity() {
            report(Code::SsnPlaceholder, severity);
        }
        return;
    }
    if area >= 900 {
        let code = match group {
            93 => Code::SsnIsAtin,
            50..=65 | 70..=88 | 90..=92 | 94..=99 => Code::SsnIsItin,
            _ => Code::SsnArea,
        };
        let severity = match code {
            Code::SsnIsItin => rules.itin.severity(),
            _ => Some(Severity::Error),
        };
        if let Some(severity) = severity {
            report(code, severity);
        }
    } else if matches!(area, 0 | 666) {
        report(Code::SsnArea, Severity::Error);
    }
    if group == 0 {
        report(Code::SsnGroup, Severity::Error);
    }
    if ssn.serial() == 0 {
        report(Code::SsnSerial, Severity::Error);
    }
}

#[cfg(test)]
mod tests {
    use super::{Policy, SsnRules, plain_number, read, shape};
    use crate::domain::Severity;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_plain_number_is_the_shape_s(text in "[0-9]{3}[- .]?[0-9]{2}[- .]?[0-9]{4}|[0-9X-]{0,12}") {
            if let Some(number) = plain_number(text.as_bytes()) {
                prop_assert_eq!(shape(text.as_bytes()), Ok(number));
            }
        }
    }

    const STRICT: SsnRules = SsnRules {
        placeholders: Policy::Reject,
        itin: Policy::Reject,
        restore_leading_zeros: false,
    };

    fn codes(text: &str, rules: &SsnRules) -> String {
        let mut found = Vec::new();
        let ssn = read(text.as_bytes(), rules, |c, s| {
            let mark = if s == Severity::Warning { "?" } else { "" };
            found.push(format!("{c}{mark}"));
        });
        if found.is_empty() {
            assert!(ssn.is_some(), "{text}");
        }
        found.join(" ")
    }

    #[test]
    fn every_code_and_its_near_miss() {
        for (text, want) in [
            ("001-01-0001", ""),
            ("772990001", ""),
            ("899 12 3456", ""),
            ("665-12-3456", ""),
            ("000-12-3456", "SSN_AREA"),
            ("666-12-3456", "SSN_AREA"),
            ("900-49-3456", "SSN_AREA"),
            ("900-50-3456", "SSN_IS_ITIN"),
            ("999-88-3456", "SSN_IS_ITIN"),
            ("999-89-3456", "SSN_AREA"),
            ("912-93-3456", "SSN_IS_ATIN"),
            ("123-00-4567", "SSN_GROUP"),
            ("123-45-0000", "SSN_SERIAL"),
            ("000-00-1234", "SSN_AREA SSN_GROUP"),
            ("078-05-1120", "SSN_NEVER_ISSUED"),
            ("219-09-9999", "SSN_NEVER_ISSUED"),
            ("457-55-5462", "SSN_NEVER_ISSUED"),
            ("457-55-5463", ""),
            ("123-45-6789", "SSN_PLACEHOLDER"),
            ("012-34-5678", "SSN_PLACEHOLDER"),
            ("111-11-1111", "SSN_PLACEHOLDER"),
            ("000000000", "SSN_PLACEHOLDER"),
            ("111-11-1112", ""),
            ("XXX-XX-1234", "SSN_MASKED"),
            ("***-**-1234", "SSN_MASKED"),
            ("12-345-6789", "SSN_LENGTH"),
            ("1112-23333", "SSN_LENGTH"),
            ("123-45 6789", "SSN_LENGTH"),
            ("123456", "SSN_LENGTH"),
            ("1234567890", "SSN_LENGTH"),
            ("123-45-67A9", "SSN_NOT_DIGITS"),
            ("123.45.6789", "SSN_NOT_DIGITS"),
            ("12345678", "SSN_LEADING_ZERO_LOST"),
            ("1234567", "SSN_LEADING_ZERO_LOST"),
            ("1.23E+08", "SPREADSHEET_NUMBER"),
            ("899121001.0", "SPREADSHEET_NUMBER"),
            ("899121001.5", "SSN_NOT_DIGITS"),
        ] {
            assert_eq!(codes(text, &STRICT), want, "{text}");
        }
    }

    #[test]
    fn policies_soften_what_may_be_right() {
        let lenient = SsnRules {
            placeholders: Policy::Warn,
            itin: Policy::Accept,
            restore_leading_zeros: true,
        };
        assert_eq!(codes("111-11-1111", &lenient), "SSN_PLACEHOLDER?");
        assert_eq!(codes("000000000", &lenient), "SSN_PLACEHOLDER?");
        assert_eq!(codes("999-99-9999", &lenient), "SSN_PLACEHOLDER?");
        assert_eq!(codes("000-00-0001", &lenient), "SSN_AREA SSN_GROUP");
        assert_eq!(codes("900-50-3456", &lenient), "");
        assert_eq!(codes("1123456", &lenient), "SSN_LEADING_ZERO_LOST?");
        assert_eq!(codes("912-93-3456", &lenient), "SSN_IS_ATIN");
    }
}
