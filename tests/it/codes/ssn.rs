//! Social Security numbers: SSA POMS RM 10201.035 and the ranges of the IRS.

use super::record::{Case, Site, value};
use feedgate::internal::domain::Code;

/// The table.
pub(super) fn cases() -> Vec<Case> {
    let ssn = |code, bad, near| value(code, "ssn", bad, near);
    vec![
        ssn(Code::SsnLength, "1112-23333", "611 12 3333"),
        ssn(Code::SsnLength, "611-12-33334", "611-12-3334"),
        ssn(Code::SsnLength, "611-12 3335", "611123335"),
        ssn(Code::SsnLength, "61-112-3336", "611-12-3336"),
        ssn(Code::SsnLength, "611123", "611123337"),
        ssn(Code::SsnNotDigits, "6OO-12-3456", "600-12-3456"),
        ssn(Code::SsnNotDigits, "611.12.3338", "611-12-3338"),
        ssn(Code::SsnNotDigits, "to come", "611-12-3339"),
        ssn(Code::SsnMasked, "XXX-XX-1234", "611-12-1234"),
        ssn(Code::SsnMasked, "***-**-1235", "611-12-1235"),
        ssn(Code::SsnMasked, "XXXXX1236", "611-12-1236"),
        ssn(Code::SsnArea, "000-12-3456", "001-12-3456"),
        ssn(Code::SsnArea, "666-12-3456", "665-12-3456"),
        ssn(Code::SsnArea, "666-12-3457", "667-12-3457"),
        ssn(Code::SsnArea, "900-49-3456", "899-49-3456"),
        ssn(Code::SsnArea, "999-66-3456", "772-66-3456"),
        ssn(Code::SsnArea, "950-89-3456", "773-89-3456"),
        ssn(Code::SsnGroup, "611-00-4567", "611-01-4567"),
        ssn(Code::SsnSerial, "611-45-0000", "611-45-0001"),
        ssn(Code::SsnNeverIssued, "078-05-1120", "078-05-1121"),
        ssn(Code::SsnNeverIssued, "219-09-9999", "219-09-9998"),
        ssn(Code::SsnNeverIssued, "457-55-5462", "457-55-5463"),
        ssn(Code::SsnPlaceholder, "123-45-6789", "123-45-6788"),
        ssn(Code::SsnPlaceholder, "111-11-1111", "111-11-1112"),
        ssn(Code::SsnPlaceholder, "012345678", "012345679"),
        ssn(Code::SsnPlaceholder, "000-00-0000", "010-10-1010"),
        ssn(Code::SsnPlaceholder, "999999999", "899999999"),
        ssn(Code::SsnIsItin, "900-50-1234", "800-50-1234"),
        ssn(Code::SsnIsItin, "900-65-1234", "800-65-1234"),
        ssn(Code::SsnIsItin, "900-70-1234", "800-70-1234"),
        ssn(Code::SsnIsItin, "900-88-1234", "800-88-1234"),
        ssn(Code::SsnIsItin, "900-90-1234", "800-90-1234"),
        ssn(Code::SsnIsItin, "900-92-1234", "800-92-1234"),
        ssn(Code::SsnIsItin, "900-94-1234", "800-94-1234"),
        ssn(Code::SsnIsItin, "900-99-1234", "800-99-1234"),
        ssn(Code::SsnIsAtin, "900-93-1234", "800-93-1234"),
        ssn(Code::SsnLeadingZeroLost, "10203045", "010203045"),
        ssn(Code::SsnLeadingZeroLost, "1020304", "001020304"),
        ssn(Code::SpreadsheetNumber, "6.11E+08", "611123340"),
        ssn(Code::SsnLeadingZeroLost, "10203046", "010203047")
            .warns()
            .on(Site::Lenient),
        ssn(Code::SsnPlaceholder, "111-11-1111", "900-70-1235")
            .warns()
            .on(Site::Lenient),
        ssn(Code::SsnIsAtin, "900-93-1236", "900-94-1236").on(Site::Lenient),
        ssn(Code::SsnArea, "000-12-3458", "610-12-3458").on(Site::Lenient),
    ]
}
