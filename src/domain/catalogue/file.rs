//! Texts of the codes about the file as a whole. An error here ends the run Failed: no record of the file is taken.

use super::Explanation;

pub(super) static FILE_EMPTY: Explanation = Explanation {
    message: "The file is empty.",
    meaning: "The file has no bytes, or nothing but blank lines. An export that ran before its data was \
              there is the usual cause. A file with a header and no records is not empty.",
    example: "`hr.csv` with 0 bytes.",
    fix: "Run the export again and send the file anew; if there is nothing to report, send the header line alone.",
};

pub(super) static FILE_BINARY: Explanation = Explanation {
    message: "The file is not text.",
    meaning: "The file starts like a workbook, an archive, a PDF or an encrypted message. Feedgate reads delimited \
              and fixed-width text only and never unpacks anything.",
    example: "`hr.xlsx` renamed to `hr.csv`.",
    fix: "Save the workbook as CSV, or unpack or decrypt the file, and send the text file.",
};

pub(super) static FILE_TOO_LARGE: Explanation = Explanation {
    message: "The file is larger than this integration allows.",
    meaning: "Every integration has a limit on file size, so that a runaway export can't fill the disk. The receipt \
              names the limit and the size.",
    example: "An export that ran in a loop wrote 40 GB.",
    fix: "Send the data in smaller files. If the size is right, the operator raises the integration's limit.",
};

pub(super) static FILE_NAME_REFUSED: Explanation = Explanation {
    message: "The file name is not safe to use.",
    meaning: "A name may have 200 bytes, and may not start with a dash or hold backslashes, control characters, signs \
              that reverse the reading direction or bytes that are no UTF-8. Such names can deceive people and \
              programs. The run ends Failed without a look at the records, its receipt and the archived file are named \
              `source`, and the name is shown with its odd parts written out. Names that start with a point are those \
              of files still being uploaded, which wait.",
    example: "`-rf.csv`, or a name with a line break in it.",
    fix: "Rename the file to letters, digits, points, dashes and underscores and send it anew.",
};

pub(super) static NUL_BYTE: Explanation = Explanation {
    message: "The file contains a NUL byte.",
    meaning: "Text never holds a byte of value 0. It comes from a damaged transfer, a crashed export or UTF-16 text \
              without its byte order mark, and records after it can't be trusted.",
    example: "A file whose last block was filled with zeros after a power failure.",
    fix: "Export and send the file anew, as UTF-8 or as UTF-16 with a byte order mark.",
};

pub(super) static ENCODING_ASSUMED: Explanation = Explanation {
    message: "The file is not UTF-8 and was read as Windows-1252.",
    meaning: "With `encoding = \"auto\"` a file that is not valid UTF-8 is taken for Windows-1252, the encoding of \
              Western European Windows programs. This warning asks to look at names with accents, which are the \
              ones that go wrong.",
    example: "Name `Villase\u{f1}or` stored with the single byte F1 for the n with tilde.",
    fix: "Nothing has to be done if names with accents look right; otherwise have the sender export UTF-8, or set \
          the integration's format.encoding.",
};

pub(super) static ENCODING_INVALID: Explanation = Explanation {
    message: "The file is not in the encoding that it should be in.",
    meaning: "The integration fixes the encoding, or the byte order mark names it, and the bytes don't fit. Reading \
              on would replace letters in people's names by question marks.",
    example: "`encoding = \"utf-8\"` and a file that a Windows program saved as ANSI.",
    fix: "Save the file in the agreed encoding and send it anew, or have the operator change format.encoding.",
};

pub(super) static QUOTE_UNCLOSED: Explanation = Explanation {
    message: "A double quote opens and never closes.",
    meaning: "Everything from the quote to the end of the file would be one field and its records would vanish. The \
              finding names the line where the quote opened.",
    example: "`N10042,\"12 Main St,Madison,WI` lacks the closing quote.",
    fix: "Close the quote in the named line, double a quote that belongs to the value, and send the file anew.",
};

pub(super) static RECORD_TOO_LONG: Explanation = Explanation {
    message: "A record is longer than 1 MiB.",
    meaning: "No record of people or deductions is that long. Mostly line ends are missing or a double quote is left \
              open, so records would run into each other.",
    example: "A file written without any line breaks.",
    fix: "Have the sender end every record with a line break and close every double quote, and send the file anew.",
};

pub(super) static RECORD_TOO_MANY_LINES: Explanation = Explanation {
    message: "A quoted field swallows more than 100 lines.",
    meaning: "A double quote that should not be there makes the following records part of one field until the next \
              quote. Feedgate stops rather than merge records. The finding names the line where the quote opened.",
    example: "A height written as `6'2\"` at the start of a field, and the next quote 400 lines later.",
    fix: "Remove or double the quote in the named line and send the file anew.",
};

pub(super) static RECORDS_TOO_MANY: Explanation = Explanation {
    message: "The file has more records than this integration allows.",
    meaning: "Every integration has a limit on the number of records, so that a runaway export is noticed. The \
              receipt names the limit.",
    example: "An export without a filter brings ten years of history.",
    fix: "Send only the records that are due. If the number is right, the operator raises the integration's limit.",
};

pub(super) static COLUMNS_TOO_MANY: Explanation = Explanation {
    message: "The header has more than 1,024 columns.",
    meaning: "No layout has that many columns. Mostly the header line lacks its line end, or the wrong delimiter \
              is set.",
    example: "A file that holds all values in its first line.",
    fix: "Correct the header line or the integration's delimiter and send the file anew.",
};

pub(super) static COLUMN_MISSING: Explanation = Explanation {
    message: "The header lacks a required column.",
    meaning: "Without the column no record could pass. Headers are matched by name or alias, whatever their order, \
              and a near miss is named in the reason.",
    example: "The header says `Subscribr ID` where `subscriber_id` is needed.",
    fix: "Add the column or correct its name in the file, or have the operator map the sender's name under the \
          integration's columns, and send the file anew.",
};

pub(super) static COLUMN_DUPLICATE: Explanation = Explanation {
    message: "Two columns of the header mean the same.",
    meaning: "Two headers match one canonical column by name or alias. Feedgate can't tell which one counts.",
    example: "`Member ID` and `Employee ID` both mean `subscriber_id`.",
    fix: "Remove or rename one of the columns, or have the operator map the right one under the integration's \
          columns, and send the file anew.",
};

pub(super) static CONTROL_TOTAL: Explanation = Explanation {
    message: "The trailer record is missing or does not agree with the records.",
    meaning: "The sender counts the records and sums the amounts in a last record, so that a file cut off on its way \
              is noticed. The reason names which figure differs. Records that are rejected count too.",
    example: "The trailer says 310 records, the file holds 299: the transfer broke off.",
    fix: "Send the whole file anew. If records were added or removed by hand, correct the trailer's count and \
          amounts first.",
};
