//! Texts of the codes about the Social Security number. No example here is a number somebody may have.

use super::Explanation;

pub(super) static SSN_LENGTH: Explanation = Explanation {
    message: "The SSN does not have nine digits in one of the accepted shapes.",
    meaning: "An SSN is nine digits: plain, or grouped 3-2-4 by dashes or spaces. Other groupings are refused \
              even with nine digits, because the cell may hold something else. Seven or eight plain digits have \
              a code of their own, `SSN_LEADING_ZERO_LOST`.",
    example: "`0001-23456` is grouped 4-5; `000-12-34567` has ten digits.",
    fix: "Write the SSN as nine digits, for example with dashes as AAA-GG-SSSS.",
};

pub(super) static SSN_NOT_DIGITS: Explanation = Explanation {
    message: "The SSN contains something other than digits.",
    meaning: "Letters, points and other signs are not read as digits, so that nothing is guessed. The letters O \
              and I in place of 0 and 1 are the usual cause.",
    example: "`OOO-12-3456` with three letters O.",
    fix: "Write the SSN with digits only, as nine digits or as AAA-GG-SSSS.",
};

pub(super) static SSN_MASKED: Explanation = Explanation {
    message: "The SSN is masked.",
    meaning: "The sender's report hides all but the last digits. A masked number identifies nobody, and a receiver \
              that stored it would lose the real one.",
    example: "`XXX-XX-1234` or `***-**-1234`.",
    fix: "Put the full SSN into the row, or have the sender switch off masking in the export and send the file \
          anew.",
};

pub(super) static SSN_AREA: Explanation = Explanation {
    message: "The first three digits of the SSN are never issued.",
    meaning: "By SSA POMS RM 10201.035 the area number is never 000, 666 or 900 to 999. Since June 25, 2011 every \
              other area may be issued, 772 to 899 included. Numbers from 900 on that the IRS issues have the codes \
              `SSN_IS_ITIN` and `SSN_IS_ATIN`.",
    example: "`666-12-3456`.",
    fix: "Correct the SSN from the employee's Social Security card.",
};

pub(super) static SSN_GROUP: Explanation = Explanation {
    message: "The middle two digits of the SSN are 00, which is never issued.",
    meaning: "By SSA POMS RM 10201.035 the group number is 01 to 99. A group of 00 is mostly a filler for an \
              unknown number.",
    example: "`000-00-1234`, and likewise any number with 00 in the middle.",
    fix: "Correct the SSN from the employee's Social Security card.",
};

pub(super) static SSN_SERIAL: Explanation = Explanation {
    message: "The last four digits of the SSN are 0000, which is never issued.",
    meaning: "By SSA POMS RM 10201.035 the serial number is 0001 to 9999. A serial of 0000 often means that a \
              spreadsheet or export rounded the number.",
    example: "A number that ends in `-0000`.",
    fix: "Correct the SSN from the employee's Social Security card.",
};

pub(super) static SSN_NEVER_ISSUED: Explanation = Explanation {
    message: "The SSN is one that SSA has declared void.",
    meaning: "A few numbers became public in advertisements or on printed forms and were used by thousands of \
              people: the wallet card of 1938, the pamphlet of 1940, a television campaign. SSA POMS RM 10201.035 \
              treats them as never issued.",
    example: "`219-09-9999` stood in an SSA pamphlet.",
    fix: "Correct the SSN from the employee's Social Security card.",
};

pub(super) static SSN_PLACEHOLDER: Explanation = Explanation {
    message: "The SSN looks like a stand-in for an unknown number.",
    meaning: "Ascending digits or nine equal digits are what people type when a field must not stay empty. The \
              policy `identity.ssn.placeholders` decides whether such a record is rejected (the default).",
    example: "`123-45-6789` or `000-00-0000`.",
    fix: "Put the employee's real SSN into the row. If there is none yet, delete the row and send it once the \
          employee has a number.",
};

pub(super) static SSN_IS_ITIN: Explanation = Explanation {
    message: "The number is an ITIN of the IRS, not an SSN.",
    meaning: "Numbers that start with 9 and have 50-65, 70-88, 90-92 or 94-99 in the middle are individual taxpayer \
              identification numbers. They are for taxes of people who can't get an SSN; wages and benefits are \
              reported under an SSN. The policy `identity.ssn.itin` decides whether such a record is rejected (the \
              default).",
    example: "`900-70-0000`.",
    fix: "Put the employee's SSN into the row. If this site has to take ITINs, the operator changes \
          identity.ssn.itin and the row can be sent again as it is.",
};

pub(super) static SSN_IS_ATIN: Explanation = Explanation {
    message: "The number is an adoption number of the IRS, not an SSN.",
    meaning: "Numbers that start with 9 and have 93 in the middle are adoption taxpayer identification numbers. The \
              IRS issues them for children during an adoption, so an employee can't have one.",
    example: "`900-93-0000`.",
    fix: "Correct the SSN from the employee's Social Security card.",
};

pub(super) static SSN_LEADING_ZERO_LOST: Explanation = Explanation {
    message: "The SSN has seven or eight digits: a spreadsheet dropped its leading zeros.",
    meaning: "A spreadsheet that takes the column for a number drops zeros at the front. With \
              `identity.ssn.restore_leading_zeros = true` Feedgate puts them back and this is only a warning; \
              otherwise the record is rejected, because a digit may just as well be missing elsewhere.",
    example: "`1020000` was `001-02-0000`.",
    fix: "Write the SSN with all nine digits, zeros in front included; format the column as text before you open \
          or save the file.",
};
