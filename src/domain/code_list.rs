//! Code lists: the words senders use for a code and the one word Feedgate keeps.

/// A closed list of codes.
#[derive(Debug)]
pub struct CodeList {
    /// Canonical codes, for messages.
    pub allowed: &'static [&'static str],
    /// Upper-case words without spaces, dashes, underscores and slashes → canonical code.
    pub words: &'static [(&'static str, &'static str)],
}

impl CodeList {
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
        let folded = &folded[..n];
        self.words
            .iter()
            .find(|(w, _)| w.as_bytes() == folded)
            .map(|(_, code)| *code)
    }
}

/// Sex: male, female, unknown, X.
pub static GENDER: CodeList = CodeList {
    allowed: &["M", "F", "U", "X"],
    words: &[
        ("M", "M"),
        ("F", "F"),
        ("U", "U"),
        ("X", "X"),
        ("MALE", "M"),
        ("FEMALE", "F"),
        ("UNKNOWN", "U"),
        ("NONBINARY", "X"),
    ],
};

/// X12 marital status letters (data element 1067).
pub static MARITAL_STATUS: CodeList = CodeList {
    allowed: &["B", "D", "I", "M", "R", "S", "U", "W", "X"],
    words: &[
        ("B", "B"),
        ("D", "D"),
        ("I", "I"),
        ("M", "M"),
        ("R", "R"),
        ("S", "S"),
        ("U", "U"),
        ("W", "W"),
        ("X", "X"),
        ("DOMESTICPARTNER", "B"),
        ("REGISTEREDDOMESTICPARTNER", "B"),
        ("DIVORCED", "D"),
        ("SINGLE", "I"),
        ("MARRIED", "M"),
        ("UNREPORTED", "R"),
        ("SEPARATED", "S"),
        ("UNMARRIED", "U"),
        ("WIDOWED", "W"),
        ("LEGALLYSEPARATED", "X"),
    ],
};

/// Employment status, with spelled-out words and X12 employment status codes.
pub static EMPLOYMENT_STATUS: CodeList = CodeList {
    allowed: &["A", "L", "T", "R", "P"],
    words: &[
        ("A", "A"),
        ("ACTIVE", "A"),
        ("L", "L"),
        ("LEAVE", "L"),
        ("ONLEAVE", "L"),
        ("LEAVEOFABSENCE", "L"),
        ("LOA", "L"),
        ("T", "T"),
        ("TERMINATED", "T"),
        ("TERM", "T"),
        ("R", "R"),
        ("RETIRED", "R"),
        ("P", "P"),
        ("PENDING", "P"),
        ("AC", "A"),
        ("AO", "A"),
        ("FT", "A"),
        ("L1", "L"),
        ("PT", "A"),
        ("RT", "R"),
        ("TE", "T"),
    ],
};

/// Full time or part time.
pub static EMPLOYMENT_LEVEL: CodeList = CodeList {
    allowed: &["F", "P"],
    words: &[
        ("F", "F"),
        ("P", "P"),
        ("FT", "F"),
        ("PT", "P"),
        ("FULLTIME", "F"),
        ("PARTTIME", "P"),
        ("FULL", "F"),
        ("PART", "P"),
        ("YES", "F"),
        ("NO", "P"),
        ("Y", "F"),
        ("N", "P"),
    ],
};

/// How pay is set.
pub static PAY_TYPE: CodeList = CodeList {
    allowed: &["HOURLY", "SALARY"],
    words: &[
        ("HOURLY", "HOURLY"),
        ("SALARY", "SALARY"),
        ("SALARIED", "SALARY"),
        ("H", "HOURLY"),
        ("S", "SALARY"),
    ],
};

/// How often pay is paid.
pub static PAY_FREQUENCY: CodeList = CodeList {
    allowed: &["WEEKLY", "BIWEEKLY", "SEMIMONTHLY", "MONTHLY"],
    words: &[
        ("WEEKLY", "WEEKLY"),
        ("W", "WEEKLY"),
        ("52", "WEEKLY"),
        ("BIWEEKLY", "BIWEEKLY"),
        ("BW", "BIWEEKLY"),
        ("26", "BIWEEKLY"),
        ("SEMIMONTHLY", "SEMIMONTHLY"),
        ("SM", "SEMIMONTHLY"),
        ("24", "SEMIMONTHLY"),
        ("MONTHLY", "MONTHLY"),
        ("M", "MONTHLY"),
        ("12", "MONTHLY"),
    ],
};

/// X12 coverage levels (HD05) with the common words and letters.
pub static COVERAGE_LEVEL: CodeList = CodeList {
    allowed: &["EE", "ES", "EC", "FAM", "NONE"],
    words: &[
        ("EE", "EE"),
        ("ES", "ES"),
        ("EC", "EC"),
        ("FAM", "FAM"),
        ("NONE", "NONE"),
        ("EMP", "EE"),
        ("ESP", "ES"),
        ("ECH", "EC"),
        ("E1D", "EC"),
        ("E2D", "EC"),
        ("E3D", "EC"),
        ("E5D", "EC"),
        ("E6D", "FAM"),
        ("E7D", "FAM"),
        ("E8D", "FAM"),
        ("E9D", "FAM"),
        ("IND", "EE"),
        ("SPC", "FAM"),
        ("EMPLOYEE", "EE"),
        ("EMPLOYEEONLY", "EE"),
        ("SINGLE", "EE"),
        ("SELF", "EE"),
        ("EMPLOYEE+SPOUSE", "ES"),
        ("EMPLOYEESPOUSE", "ES"),
        ("EMPLOYEEANDSPOUSE", "ES"),
        ("EMPLOYEE+CHILD", "EC"),
        ("EMPLOYEE+CHILDREN", "EC"),
        ("EMPLOYEECHILD", "EC"),
        ("EMPLOYEECHILDREN", "EC"),
        ("EMPLOYEE+CHILD(REN)", "EC"),
        ("EMPLOYEEANDCHILDREN", "EC"),
        ("FAMILY", "FAM"),
        ("EMPLOYEE+FAMILY", "FAM"),
        ("EMPLOYEEFAMILY", "FAM"),
        ("E", "EE"),
        ("S", "ES"),
        ("C", "EC"),
        ("F", "FAM"),
        ("N", "NONE"),
        ("WAIVED", "NONE"),
        ("NOCOVERAGE", "NONE"),
    ],
};

/// Whether a deduction is taken before or after tax.
pub static TAX_TREATMENT: CodeList = CodeList {
    allowed: &["PRETAX", "POSTTAX"],
    words: &[
        ("PRETAX", "PRETAX"),
        ("POSTTAX", "POSTTAX"),
        ("PRE", "PRETAX"),
        ("POST", "POSTTAX"),
        ("AFTERTAX", "POSTTAX"),
        ("BEFORETAX", "PRETAX"),
        ("TRUE", "PRETAX"),
        ("FALSE", "POSTTAX"),
        ("YES", "PRETAX"),
        ("NO", "POSTTAX"),
        ("Y", "PRETAX"),
        ("N", "POSTTAX"),
        ("T", "PRETAX"),
        ("F", "POSTTAX"),
        ("1", "PRETAX"),
        ("0", "POSTTAX"),
    ],
};

/// How often a deduction is taken.
pub static FREQUENCY: CodeList = CodeList {
    allowed: &[
        "PER_PAY",
        "WEEKLY",
        "BIWEEKLY",
        "SEMIMONTHLY",
        "MONTHLY",
        "QUARTERLY",
        "SEMIANNUAL",
        "ANNUAL",
        "ONE_TIME",
    ],
    words: &[
        ("PERPAY", "PER_PAY"),
        ("PERPAYPERIOD", "PER_PAY"),
        ("WEEKLY", "WEEKLY"),
        ("BIWEEKLY", "BIWEEKLY"),
        ("SEMIMONTHLY", "SEMIMONTHLY"),
        ("MONTHLY", "MONTHLY"),
        ("QUARTERLY", "QUARTERLY"),
        ("SEMIANNUAL", "SEMIANNUAL"),
        ("SEMIANNUALLY", "SEMIANNUAL"),
        ("ANNUAL", "ANNUAL"),
        ("ANNUALLY", "ANNUAL"),
        ("YEARLY", "ANNUAL"),
        ("ONETIME", "ONE_TIME"),
    ],
};

/// What a sender says a deduction record does, with X12 maintenance type codes.
pub static ACTION: CodeList = CodeList {
    allowed: &["ADD", "CHANGE", "STOP", "WAIVE"],
    words: &[
        ("ADD", "ADD"),
        ("CHANGE", "CHANGE"),
        ("STOP", "STOP"),
        ("WAIVE", "WAIVE"),
        ("021", "ADD"),
        ("001", "CHANGE"),
        ("024", "STOP"),
        ("A", "ADD"),
        ("C", "CHANGE"),
        ("S", "STOP"),
        ("W", "WAIVE"),
    ],
};

/// USPS two-letter codes: states, the district, territories and military "states".
pub const STATES: &[&str] = &[
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS",
    "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY",
    "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV",
    "WI", "WY", "DC", "AS", "GU", "MP", "PR", "VI", "UM", "FM", "MH", "PW", "AA", "AE", "AP",
];
