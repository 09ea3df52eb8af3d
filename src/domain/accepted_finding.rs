//! A finding that a person lets pass on one rejected record, because what it doubts was found to be right.

use super::Code;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A finding that is accepted, and the number of the record in the file that was rejected. Written `SSN_CHANGED:14`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AcceptedFinding {
    pub code: Code,
    /// The data record's number, as the error file names it.
    pub record: u64,
}

impl AcceptedFinding {
    /// The codes that doubt what a record says and not how it says it, so that a person can know better.
    pub const CODES: [Code; 3] = [Code::SsnChanged, Code::EmployeeTerminated, Code::Retro];
}

impl FromStr for AcceptedFinding {
    type Err = String;

    fn from_str(text: &str) -> Result<AcceptedFinding, String> {
        let shape = || {
            "write a code and the number of the record in the error file, such as SSN_CHANGED:14"
                .to_owned()
        };
        let (word, record) = text.split_once(':').ok_or_else(shape)?;
        let record = record.parse().map_err(|_| shape())?;
        let acceptable = AcceptedFinding::CODES.into_iter();
        let code = acceptable.clone().find(|code| code.as_str() == word);
        let code = code.ok_or_else(|| {
            let words: Vec<&str> = acceptable.map(Code::as_str).collect();
            format!(
                "only {} can be accepted for one record; others are corrected in the row, or by a policy",
                words.join(", ")
            )
        })?;
        Ok(AcceptedFinding { code, record })
    }
}

impl fmt::Display for AcceptedFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.code, self.record)
    }
}

impl From<AcceptedFinding> for String {
    fn from(accepted: AcceptedFinding) -> String {
        accepted.to_string()
    }
}

impl TryFrom<String> for AcceptedFinding {
    type Error = String;

    fn try_from(text: String) -> Result<AcceptedFinding, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::AcceptedFinding;

    #[test]
    fn matters_of_policy_alone_are_read() {
        let read = |text: &str| text.parse::<AcceptedFinding>();
        let accepted = read("SSN_CHANGED:14").expect("read");
        assert_eq!(
            (accepted.record, accepted.to_string().as_str()),
            (14, "SSN_CHANGED:14")
        );
        for wrong in [
            "SSN_CHANGED",
            "SSN_CHANGED:x",
            "SSN_AREA:14",
            "ssn_changed:14",
            ":14",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
