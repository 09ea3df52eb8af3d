//! Texts of the codes about a record among its neighbours in the file and against the last accepted state.

use super::Explanation;

pub(super) static DUPLICATE_ROW: Explanation = Explanation {
    message: "The same record stood earlier in the file.",
    meaning: "Key and content are equal to those of an earlier row, so nothing is lost: the first row counts and \
              this one is skipped as `duplicate_row`. The key is subscriber ID and EIN, for deductions also \
              deduction code and effective date.",
    example: "The row of subscriber N10042 stands in the file twice, letter for letter.",
    fix: "Nothing has to be done; ask the sender why the row is exported twice if it happens often.",
};

pub(super) static DUPLICATE_CONFLICT: Explanation = Explanation {
    message: "Several rows have this record's key but different contents.",
    meaning: "The key is subscriber ID and EIN, for deductions also deduction code and effective date. Nobody can \
              tell from the file which row is right, so all rows of the key are rejected, the first one included.",
    example: "Subscriber N10042 once lives in Madison and once in Monona.",
    fix: "Keep the one right row of this subscriber and delete the others.",
};

pub(super) static SSN_SHARED: Explanation = Explanation {
    message: "Another subscriber of this file has the same SSN.",
    meaning: "An SSN belongs to one person and a person has one subscriber ID. All rows involved are rejected, since \
              either may be the wrong one. The rows of one person with several employers share the subscriber ID \
              and don't clash.",
    example: "N10042 and N10077 have the same SSN.",
    fix: "Correct the SSN of the subscriber who has the wrong one, and send the rows of both again. If both are the \
          same person, keep the row with the subscriber ID the platform knows and delete the other.",
};

pub(super) static USERNAME_SHARED: Explanation = Explanation {
    message: "Another subscriber of this file has the same username.",
    meaning: "A username opens one account. Capital and small letters are the same. All rows involved are rejected, \
              since either may be the wrong one.",
    example: "Jan Miller and Jo Miller are both `jmiller1234`.",
    fix: "Give one of the two another username (PlanSource adds _2), and send the rows of both again.",
};

pub(super) static PRIMARY_EIN_CONFLICT: Explanation = Explanation {
    message: "More than one record of this employee is marked as the primary employer's.",
    meaning: "An employee of several employers has one primary EIN, and only that record goes to the receiver. An \
              empty `is_primary_ein` counts as yes. All rows of the employee that claim it are rejected.",
    example: "N10042 at 12-3456789 and at 98-7654321, with `is_primary_ein` empty in both rows.",
    fix: "Leave is_primary_ein at yes in the primary employer's row, set it to no in the others, and send all of \
          them again.",
};

pub(super) static SSN_IN_USE: Explanation = Explanation {
    message: "The SSN already belongs to another employee of the roster.",
    meaning: "An earlier file brought this SSN with another subscriber ID. Either one of the two was mistyped, or \
              the employee got a new subscriber ID without the old one being closed.",
    example: "The roster knows the SSN with N10042; this record brings it with S20042.",
    fix: "Correct the SSN or the subscriber ID of this row. If the other employee has the wrong SSN, send that \
          employee's correction first and this row afterwards.",
};

pub(super) static USERNAME_IN_USE: Explanation = Explanation {
    message: "The username already belongs to another employee of the roster.",
    meaning: "An earlier file brought this username with another subscriber ID. A username opens one account; \
              capital and small letters are the same.",
    example: "`jmiller1234` is already the username of N10042.",
    fix: "Give the employee of this row another username (PlanSource adds _2). If the other employee gave the name \
          up, send that employee's change first and this row afterwards.",
};

pub(super) static SSN_CHANGED: Explanation = Explanation {
    message: "The SSN differs from the one last accepted for this employee.",
    meaning: "People's SSNs hardly ever change; a shifted column or a mistyped subscriber ID is more likely. The \
              policy `identity.ssn.change` decides: `reject` (the default), `warn` or `accept`.",
    example: "N10042 came with ***-**-1234 so far and now with ***-**-1243.",
    fix: "Put the employee's former SSN back, or correct the subscriber ID. If the SSN was really corrected, the \
          operator sets identity.ssn.change to warn and the row can be sent again as it is.",
};

pub(super) static EMAIL_AMBIGUOUS: Explanation = Explanation {
    message: "Several accounts have this employee's e-mail address.",
    meaning: "At the first sync an employee is linked with an existing account by e-mail. Two accounts have the \
              address, so Feedgate can't tell which one is the employee's; once linked, the account's ID decides. This version does not link yet.",
    example: "A couple uses `family@example.com` for both of their accounts.",
    fix: "Give the employee an address of their own in the row and in the account, or have the operator correct \
          the accounts file; then send the row again.",
};

pub(super) static SUBSCRIBER_UNKNOWN: Explanation = Explanation {
    message: "No accepted demographic record has this subscriber ID.",
    meaning: "Deductions are only taken for employees the roster knows. The demographic record has not come yet, was \
              rejected, or the subscriber ID is mistyped; capital letters and leading zeros count. With \
              `identity.match = \"shape-only\"` the roster is not asked.",
    example: "A deduction for N10999 before any demographic file named N10999.",
    fix: "Correct the subscriber ID, or send the employee's demographic record first and this row afterwards.",
};

pub(super) static SSN_MISMATCH: Explanation = Explanation {
    message: "The SSN is not the one the roster has for this subscriber.",
    meaning: "Subscriber ID and username fit the employee, the SSN does not. Money must not be taken from the wrong \
              person, so the deduction is rejected.",
    example: "N10042 with ***-**-1234 in the roster and ***-**-1243 in the row.",
    fix: "Correct the SSN of the row. If the roster is wrong, send the corrected demographic record first and this \
          row afterwards.",
};

pub(super) static USERNAME_MISMATCH: Explanation = Explanation {
    message: "The username is not the one the roster has for this subscriber.",
    meaning: "Subscriber ID and SSN fit the employee, the username does not. Capital and small letters are the same.",
    example: "N10042 is `dfisher1234` in the roster and `dfisher1234_2` in the row.",
    fix: "Correct the username of the row. If it has changed, send the demographic record with the new username \
          first and this row afterwards.",
};

pub(super) static IDENTITY_MISMATCH: Explanation = Explanation {
    message: "SSN and username both belong to someone else: shifted column or sorted column?",
    meaning: "Neither SSN nor username is that of this subscriber in the roster. When many rows have this finding, \
              a column was sorted or shifted on its own in a spreadsheet. The finding names nobody, so that no \
              identity leaks.",
    example: "After sorting only the column `subscriber_id`, every row names the ID of another person.",
    fix: "Put the subscriber ID, SSN and username of the same person into the row; if many rows are affected, \
          export the file anew instead of repairing it.",
};

pub(super) static EMPLOYEE_TERMINATED: Explanation = Explanation {
    message: "The deduction takes effect after the employee's termination date.",
    meaning: "The roster knows the employee as terminated before the effective date. A deduction that \
              took effect while the employee was there is taken.",
    example: "Terminated on 2026-09-30; a deduction effective 2026-11-01.",
    fix: "Delete the row, or correct its effective date. If the employee is back, send the demographic record of \
          the rehire first and this row afterwards.",
};

pub(super) static EMPLOYEE_MISSING: Explanation = Explanation {
    message: "The roster has an employee whom this full file lacks.",
    meaning: "With `content = \"full\"` a file lists everybody. `omission` decides what happens to those it lacks: \
              `ignore`, `report` (this warning, the default) or `terminate`. Nothing is changed by the warning.",
    example: "Yesterday's full file had N10042, today's has not.",
    fix: "Add the employee to the file, or send a record with the termination date; nothing has to be done if the \
          omission is meant.",
};

pub(super) static ALREADY_ACCEPTED: Explanation = Explanation {
    message: "This record was already accepted when it was sent before.",
    meaning: "A corrected rejects file may hold only records that were rejected. This record, or its correction, was \
              accepted in the meantime; taking it again could overwrite newer data.",
    example: "The same corrected rejects file was dropped twice, the second time with one more row changed.",
    fix: "Delete the row from the rejects file; send a later change in a regular file.",
};
