//! Texts of the codes about one field, or the shape of one record.

use super::Explanation;

pub(super) static REQUIRED_MISSING: Explanation = Explanation {
    message: "A required field is empty.",
    meaning: "Every record must fill the required columns of its kind; see the column tables in \
              `docs/file-layouts.md`. A field of blanks counts as empty. The finding names the column.",
    example: "The row `N10042,dfisher0042,,Dana,Fisher` has no SSN: `REQUIRED_MISSING` on `ssn`.",
    fix: "Fill in the named field.",
};

pub(super) static DATE_INVALID: Explanation = Explanation {
    message: "The value is not a date in a form this integration reads.",
    meaning: "A date must exist in the calendar and be written in one of the forms that the integration lists \
              under `format.dates`. A serial number from a spreadsheet, a month as a word and a two-digit year \
              are never guessed at.",
    example: "`2026-02-30` does not exist; `31.01.2026` and `46053` are in no form that is listed.",
    fix: "Write a real calendar date the way the other rows of this file write theirs, for example 2026-01-31 \
          or 01/31/2026.",
};

pub(super) static DATE_AMBIGUOUS: Explanation = Explanation {
    message: "Two of the integration's date forms read this value as different dates.",
    meaning: "The integration lists several date forms, and two of them fit with different results. Feedgate does \
              not choose between them. An integration that lists one form with the day before the month, or one \
              with the month before the day, but not both, never has this finding.",
    example: "With `%m/%d/%Y` and `%d/%m/%Y` both listed, `03/04/2026` is March 4 or April 3.",
    fix: "Write the date as year, month, day (2026-03-04) where the integration lists that form. Otherwise the \
          operator has to strike one of the two forms from format.dates and the row can be sent again as it is.",
};

pub(super) static DATE_ORDER: Explanation = Explanation {
    message: "Two dates of the record contradict each other.",
    meaning: "The later event has the earlier date, for example a termination before the hire. A deduction's end date may be the day before its effective date only when employee and \
              employer amount are both 0, which says that the plan was waived; it can't be earlier than that.",
    example: "`hire_date` 2026-06-01 with `termination_date` 2026-05-15.",
    fix: "Correct whichever of the two dates is wrong, so that the later event has the later date.",
};

pub(super) static DATE_RANGE: Explanation = Explanation {
    message: "The date lies outside the years that make sense for this field.",
    meaning: "A birth date must lie between 1900-01-01 and the day of the run. Such a date is usually a mistyped \
              century, or a filler such as 1899-12-31 that a spreadsheet shows for zero.",
    example: "`birth_date` 1888-04-12, or a birth date next year.",
    fix: "Correct the year.",
};

pub(super) static AMOUNT_INVALID: Explanation = Explanation {
    message: "The value is not an amount of money.",
    meaning: "An amount is digits with at most two decimals after a point. A leading `$`, commas between \
              thousands, and for negatives a minus sign before or after, or parentheses, are read too. \
              Words, other currencies and a decimal comma are not.",
    example: "`12,5O` (a letter O), `n/a`, `12.50 EUR`.",
    fix: "Write the amount as digits with a decimal point and two decimals, for example 1234.50; write 0.00 if \
          there is none.",
};

pub(super) static AMOUNT_PRECISION: Explanation = Explanation {
    message: "The amount has more than two decimals.",
    meaning: "Money is kept in whole cents, and Feedgate does not round what it was sent. Three or more decimals \
              mostly come from a yearly amount that was divided by the number of pay periods.",
    example: "`46.153` for 1,200.00 a year over 26 pay periods.",
    fix: "Write the amount with two decimals, rounded the way payroll rounds.",
};

pub(super) static AMOUNT_NEGATIVE: Explanation = Explanation {
    message: "The amount is negative.",
    meaning: "A deduction below zero would pay the employee. Where refunds and corrections are sent as negative \
              amounts on purpose, the integration says `allow_negative = true` and this finding does not occur.",
    example: "`(12.00)`, `12.00-` and `-12.00` are all minus twelve dollars.",
    fix: "Write the amount without minus sign or parentheses, or send the correction the way payroll agreed to. \
          If negative amounts are right for this sender, the operator sets allow_negative = true and the row can \
          be sent again as it is.",
};

pub(super) static AMOUNT_SPLIT: Explanation = Explanation {
    message: "Pretax and posttax amount do not add up to the employee amount.",
    meaning: "When both `pretax_amount` and `posttax_amount` are given, their sum must be the `employee_amount` to \
              the cent. Payroll taxes the two parts differently, so a gap between them can't be left open.",
    example: "`employee_amount` 100.00 with `pretax_amount` 60.00 and `posttax_amount` 30.00.",
    fix: "Correct the wrong one of the three amounts so that pretax plus posttax equals the employee amount, or \
          leave both parts empty.",
};

pub(super) static CODE_UNKNOWN: Explanation = Explanation {
    message: "The value is not in the list of codes for this field.",
    meaning: "The field takes one of a closed list: those of `docs/file-layouts.md`, the state abbreviations of \
              USPS Publication 28 (appendix B), or the integration's own cross-reference table \
              (`[integration.NAME.codes.COLUMN]`). Where a table is given, every code of the sender must be in it. \
              Several lists take the letters of X12 834 too.",
    example: "`state` WX; `coverage_level` TWO; a deduction code that the carrier introduced this week.",
    fix: "Write one of the listed codes. If a new code is right, the operator adds it to the integration's \
          cross-reference table and the row can be sent again as it is.",
};

pub(super) static TEXT_TOO_LONG: Explanation = Explanation {
    message: "The text is longer than this field allows.",
    meaning: "Receivers store a limited number of characters, and cutting a text off would change it in silence. \
              Characters are counted, not bytes. The limits stand in the column tables of `docs/file-layouts.md`.",
    example: "`name_suffix` (at most 10 characters) holding `Junior, Esquire`.",
    fix: "Shorten the text to the field's limit.",
};

pub(super) static EMAIL_INVALID: Explanation = Explanation {
    message: "The value is not an e-mail address.",
    meaning: "An address has one `@` with a name before it and a domain after it, and no spaces. It is only read, \
              never tried. Two addresses in one field are refused as well.",
    example: "`dana.fisher(at)example.com`, `dana@example`, `a@example.com; b@example.com`.",
    fix: "Write one address of the form name@example.com, or leave the field empty.",
};

pub(super) static ZIP_INVALID: Explanation = Explanation {
    message: "The ZIP code does not have 5 or 9 digits.",
    meaning: "An address in the United States has a ZIP of five digits, or nine as ZIP+4 (USPS Publication 28). \
              Four digits mostly mean that a spreadsheet dropped the leading zero of a New England, New Jersey or \
              Puerto Rico ZIP. Postal codes of other countries are not checked.",
    example: "`2134` was `02134`, a ZIP of Boston.",
    fix: "Write five digits with the leading zero (02134) or nine (02134-1234); format the column as text before \
          you save. For an address abroad, fill in the country.",
};

pub(super) static EIN_INVALID: Explanation = Explanation {
    message: "The employer identification number is not two digits, a dash and seven digits.",
    meaning: "The IRS issues EINs of nine digits, written NN-NNNNNNN. A shorter number mostly lost its leading zero \
              in a spreadsheet.",
    example: "`12-34567` has seven digits.",
    fix: "Write the employer's EIN as NN-NNNNNNN with its leading zeros.",
};

pub(super) static EIN_FOREIGN: Explanation = Explanation {
    message: "The record belongs to an employer that this integration does not take.",
    meaning: "The integration lists the employers it works for under `eins`, and the record's EIN is not among \
              them. The sender may have put another client's records into the file.",
    example: "The integration lists 12-3456789; the record says 98-7654321.",
    fix: "Correct the EIN if it is wrong; otherwise delete the row and send it where that employer's files go. If \
          the employer is new here, the operator adds its EIN to the integration's eins and the row can be sent \
          again as it is.",
};

pub(super) static FIELD_COUNT: Explanation = Explanation {
    message: "The record has more or fewer fields than the header.",
    meaning: "Every record must have as many fields as the header names, empty ones included. One field too many \
              mostly comes from a delimiter inside a value that is not quoted (RFC 4180), so nothing behind it \
              can be trusted. The other records of the file go on.",
    example: "In a comma-delimited file, `12 Main St, Apt 4` without quotes is two fields.",
    fix: "Give the row exactly one field per column of the header. Put double quotes around a value that contains \
          the delimiter.",
};

pub(super) static FIELD_TOO_LONG: Explanation = Explanation {
    message: "A field holds more than 64 KiB.",
    meaning: "No benefits field is that long. A document pasted into a cell, or a double quote that stands in the \
              wrong place and swallows what follows, are the usual causes.",
    example: "A whole letter pasted into `termination_reason`.",
    fix: "Shorten the field; if it holds neighbouring columns too, close the double quote where the value ends.",
};

pub(super) static CONTROL_CHARACTER: Explanation = Explanation {
    message: "The value contains an invisible control character.",
    meaning: "Characters such as bell or escape inside a value are never meant, and can change how a \
              receiver or a terminal reads the rest. They come from copying out of other programs.",
    example: "An address with a bell character (hexadecimal 07) after the street number.",
    fix: "Delete the value and type it anew instead of pasting it.",
};

pub(super) static SPREADSHEET_NUMBER: Explanation = Explanation {
    message: "A spreadsheet turned this number into scientific notation and lost digits.",
    meaning: "Spreadsheets show long numbers as `1.23E+08` and save just that. The digits that are gone can't be \
              computed back, so the record is rejected rather than repaired.",
    example: "`employee_number` 1.00234E+05.",
    fix: "Type the full number from the source system again; format the column as text before you open or paste \
          the data.",
};
