//! The shape of a record.

use super::story::{Story, demographic};
use crate::people::{csv, person};
use feedgate::internal::domain::Code;

/// The table.
pub(super) fn stories() -> Vec<Story> {
    let file = |last: &str| {
        let mut text = b"subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status,address_1\n".to_vec();
        text.extend_from_slice(
            b"N1,one.user,611-12-3401,Ann,One,1980-01-01,2020-01-01,A,1 Main St\n",
        );
        text.extend_from_slice(last.as_bytes());
        text
    };
    let row = |address: &str| {
        format!("N2,two.user,611-12-3402,Ann,Two,1980-01-01,2020-01-01,A{address}\n")
    };
    vec![
        demographic(Code::FieldCount, "", 1)
            .bad_bytes(file(&row(",12 Main St, Apt 4")))
            .near_bytes(file(&row(",\"12 Main St, Apt 4\""))),
        demographic(Code::FieldCount, "", 1)
            .bad_bytes(file(&row(",,,x")))
            .near_bytes(file(&row(",,, ,"))),
        // Without a line end, last fields that are left out may have been cut off.
        demographic(Code::FieldCount, "", 1)
            .bad_bytes(file(row("").trim_end()))
            .near_bytes(file(&row(""))),
        demographic(Code::FieldCount, "", 1)
            .bad_bytes(file(row("").trim_end()))
            .near_bytes(file(row(",").trim_end())),
        demographic(Code::QuoteMisplaced, "address_1", 1)
            .bad_bytes(file(&row(",\"12 \"Main\" St\"")))
            .near_bytes(file(&row(",12 \"Main\" St"))),
        demographic(Code::QuoteMisplaced, "address_1", 1)
            .bad_bytes(file(&row(",\"12\" Main St")))
            .near_bytes(file(&row(",\"12\"\"\" \t"))),
        // A blank line is no record.
        demographic(Code::FieldCount, "", 1)
            .bad_bytes(file("N2"))
            .near_bytes(file("\n,,,,,,,,\n , ")),
        demographic(Code::FieldCount, "", 1)
            .bad_bytes([csv(&[person(1)]), b"end of file".to_vec()].concat())
            .near_bytes([csv(&[person(1)]), b"   \n".to_vec()].concat()),
    ]
}
