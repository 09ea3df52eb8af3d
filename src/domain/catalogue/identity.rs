//! Texts of the codes about subscriber ID, username and name.

use super::Explanation;

pub(super) static SUBSCRIBER_ID_FORMAT: Explanation = Explanation {
    message: "The subscriber ID contains a character that is not allowed, or is too long.",
    meaning: "The subscriber ID must fit the site's pattern (`identity.subscriber_id.pattern`): unless it says \
              otherwise, 1 to 50 letters, digits, points, dashes and underscores. Leading zeros belong to the ID, \
              and capital letters differ from small ones.",
    example: "`N 10042` has a space; `N10042*` has an asterisk.",
    fix: "Write the subscriber ID exactly as the benefits platform knows it, without spaces or special characters.",
};

pub(super) static SUBSCRIBER_ID_IS_SSN: Explanation = Explanation {
    message: "The subscriber ID is the employee's SSN.",
    meaning: "Subscriber IDs appear in file names of carriers, on cards and in mails, and an SSN must not. The two \
              are compared without dashes and spaces.",
    example: "`subscriber_id` 666001234 in a record whose SSN is ***-**-1234 with the same nine digits.",
    fix: "Put the employee's subscriber ID into the row instead of the SSN.",
};

pub(super) static USERNAME_FORMAT: Explanation = Explanation {
    message: "The username is too short, too long or contains a character that is not allowed.",
    meaning: "The username must fit the site's pattern (`identity.username.pattern`): unless it says otherwise, 3 \
              to 64 letters, digits, points, dashes, underscores and @. Capital and small letters are the same.",
    example: "`jd` is too short; `j doe` has a space.",
    fix: "Write the username the employee signs in with on the benefits platform.",
};

pub(super) static USERNAME_PATTERN: Explanation = Explanation {
    message: "The username is not built the way PlanSource builds usernames.",
    meaning: "With `identity.username.rule = \"plansource\"` a username is the first initial, up to six letters of \
              the last name and the last four digits of the SSN, with `_2`, `_3` and so on where two people would \
              share it. This is a warning: employees who chose their own username or changed their name are fine.",
    example: "Dana Fisher is expected as `dfisher` and four digits; the file says `dana.f`.",
    fix: "Nothing has to be done if the employee signs in with this username; otherwise correct it.",
};

pub(super) static USERNAME_SSN_DISAGREE: Explanation = Explanation {
    message: "The four digits in the username are not the last four of the SSN.",
    meaning: "With `identity.username.rule = \"plansource\"` a username ends in the last four digits of the SSN. \
              When they differ, the username or the SSN of the row may belong to someone else. It is a warning, \
              because an SSN that was corrected leaves the old username behind.",
    example: "`dfisher1234` in a record whose SSN ends in 4321.",
    fix: "Compare username and SSN with the employee's data and correct the wrong one; nothing has to be done if \
          both are right.",
};

pub(super) static NAME_LOOKS_TEST: Explanation = Explanation {
    message: "The name looks like that of a test employee, but the record is not flagged as one.",
    meaning: "Only the flag `test_employee` keeps a record out of a run; a name does not, because people are called \
              Test or Demo. This warning helps to find test records whose flag was forgotten.",
    example: "`first_name` Test, `last_name` Employee, `test_employee` empty.",
    fix: "Set test_employee to true if this is no real person; nothing has to be done otherwise.",
};
