//! Code lists: the words senders use for a code and the one word Feedgate keeps.

/// A closed list of codes: each canonical code with the words that mean it, in upper case, without spaces, dashes,
/// underscores and slashes. The canonical code is among them.
#[derive(Debug)]
pub struct CodeList(&'static [(&'static str, &'static [&'static str])]);

impl CodeList {
    /// The canonical codes, in the order in which messages name them.
    pub fn codes(&self) -> Vec<&'static str> {
        self.0.iter().map(|(code, _)| *code).collect()
    }

    /// Every word with the canonical code that it means.
    pub fn words(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let words = self.0.iter();
        words.flat_map(|(code, words)| words.iter().map(|word| (*word, *code)))
    }

    /// The canonical code a sender's word means. Case, spaces and `_ - /` don't matter.
    pub(crate) fn find(&self, word: &[u8]) -> Option<&'static str> {
        const LONGEST: usize = 40;
        let mut folded = [0u8; LONGEST];
        let mut n = 0;
        for &b in word {
            if matches!(b, b' ' | b'_' | b'-' | b'/' | b'.') {
                continue;
            }
            *folded.get_mut(n)? = b.to_ascii_uppercase();
            n += 1;
        }
        let mut words = self.words();
        let found = words.find(|(word, _)| word.as_bytes() == &folded[..n]);
        found.map(|(_, code)| code)
    }
}

/// Sex: male, female, unknown, X.
pub static GENDER: CodeList = CodeList(&[
    ("M", &["M", "MALE"]),
    ("F", &["F", "FEMALE"]),
    ("U", &["U", "UNKNOWN"]),
    ("X", &["X", "NONBINARY"]),
]);

/// X12 marital status letters (data element 1067).
pub static MARITAL_STATUS: CodeList = CodeList(&[
    ("B", &["B", "DOMESTICPARTNER", "REGISTEREDDOMESTICPARTNER"]),
    ("D", &["D", "DIVORCED"]),
    ("I", &["I", "SINGLE"]),
    ("M", &["M", "MARRIED"]),
    ("R", &["R", "UNREPORTED"]),
    ("S", &["S", "SEPARATED"]),
    ("U", &["U", "UNMARRIED"]),
    ("W", &["W", "WIDOWED"]),
    ("X", &["X", "LEGALLYSEPARATED"]),
]);

/// Employment status, with spelled-out words and X12 employment status codes.
pub static EMPLOYMENT_STATUS: CodeList = CodeList(&[
    ("A", &["A", "ACTIVE", "AC", "AO", "FT", "PT"]),
    (
        "L",
        &["L", "LEAVE", "ONLEAVE", "LEAVEOFABSENCE", "LOA", "L1"],
    ),
    ("T", &["T", "TERMINATED", "TERM", "TE"]),
    ("R", &["R", "RETIRED", "RT"]),
    ("P", &["P", "PENDING"]),
]);

/// Whether an account is in use.
pub static ACCOUNT_STATUS: CodeList = CodeList(&[
    (
        "ACTIVE",
        &["ACTIVE", "A", "ENABLED", "OPEN", "YES", "Y", "TRUE", "1"],
    ),
    (
        "INACTIVE",
        &[
            "INACTIVE",
            "I",
            "DISABLED",
            "CLOSED",
            "DEACTIVATED",
            "TERMINATED",
            "T",
            "NO",
            "N",
            "FALSE",
            "0",
        ],
    ),
]);

/// Full time or part time.
pub static EMPLOYMENT_LEVEL: CodeList = CodeList(&[
    ("F", &["F", "FT", "FULLTIME", "FULL", "YES", "Y"]),
    ("P", &["P", "PT", "PARTTIME", "PART", "NO", "N"]),
]);

/// How pay is set.
pub static PAY_TYPE: CodeList = CodeList(&[
    ("HOURLY", &["HOURLY", "H"]),
    ("SALARY", &["SALARY", "SALARIED", "S"]),
]);

/// How often pay is paid.
pub static PAY_FREQUENCY: CodeList = CodeList(&[
    ("WEEKLY", &["WEEKLY", "W", "52"]),
    ("BIWEEKLY", &["BIWEEKLY", "BW", "26"]),
    ("SEMIMONTHLY", &["SEMIMONTHLY", "SM", "24"]),
    ("MONTHLY", &["MONTHLY", "M", "12"]),
]);

/// X12 coverage levels (HD05) with the common words and letters.
pub static COVERAGE_LEVEL: CodeList = CodeList(&[
    (
        "EE",
        &[
            "EE",
            "EMP",
            "IND",
            "EMPLOYEE",
            "EMPLOYEEONLY",
            "SINGLE",
            "SELF",
            "E",
        ],
    ),
    (
        "ES",
        &[
            "ES",
            "ESP",
            "EMPLOYEE+SPOUSE",
            "EMPLOYEESPOUSE",
            "EMPLOYEEANDSPOUSE",
            "S",
        ],
    ),
    (
        "EC",
        &[
            "EC",
            "ECH",
            "E1D",
            "E2D",
            "E3D",
            "E5D",
            "EMPLOYEE+CHILD",
            "EMPLOYEE+CHILDREN",
            "EMPLOYEECHILD",
            "EMPLOYEECHILDREN",
            "EMPLOYEE+CHILD(REN)",
            "EMPLOYEEANDCHILDREN",
            "C",
        ],
    ),
    (
        "FAM",
        &[
            "FAM",
            "E6D",
            "E7D",
            "E8D",
            "E9D",
            "SPC",
            "FAMILY",
            "EMPLOYEE+FAMILY",
            "EMPLOYEEFAMILY",
            "F",
        ],
    ),
    ("NONE", &["NONE", "N", "WAIVED", "NOCOVERAGE"]),
]);

/// Whether a deduction is taken before or after tax.
pub static TAX_TREATMENT: CodeList = CodeList(&[
    (
        "PRETAX",
        &["PRETAX", "PRE", "BEFORETAX", "TRUE", "YES", "Y", "T", "1"],
    ),
    (
        "POSTTAX",
        &["POSTTAX", "POST", "AFTERTAX", "FALSE", "NO", "N", "F", "0"],
    ),
]);

/// How often a deduction is taken.
pub static FREQUENCY: CodeList = CodeList(&[
    ("PER_PAY", &["PERPAY", "PERPAYPERIOD"]),
    ("WEEKLY", &["WEEKLY"]),
    ("BIWEEKLY", &["BIWEEKLY"]),
    ("SEMIMONTHLY", &["SEMIMONTHLY"]),
    ("MONTHLY", &["MONTHLY"]),
    ("QUARTERLY", &["QUARTERLY"]),
    ("SEMIANNUAL", &["SEMIANNUAL", "SEMIANNUALLY"]),
    ("ANNUAL", &["ANNUAL", "ANNUALLY", "YEARLY"]),
    ("ONE_TIME", &["ONETIME"]),
]);

/// What a sender says a deduction record does, with X12 maintenance type codes.
pub static ACTION: CodeList = CodeList(&[
    ("ADD", &["ADD", "021", "A"]),
    ("CHANGE", &["CHANGE", "001", "C"]),
    ("STOP", &["STOP", "024", "S"]),
    ("WAIVE", &["WAIVE", "W"]),
]);

/// USPS two-letter codes: states, the district, territories and military "states".
pub const STATES: &[&str] = &[
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS",
    "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY",
    "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV",
    "WI", "WY", "DC", "AS", "GU", "MP", "PR", "VI", "UM", "FM", "MH", "PW", "AA", "AE", "AP",
];
