//! Texts of the codes that hold a file until a person has looked. `--why` is kept with the decision.

use super::Explanation;

pub(super) static ROSTER_EMPTY: Explanation = Explanation {
    message: "No demographic record was ever accepted, so nobody's deductions can be checked.",
    meaning: "Against an empty roster every deduction would be rejected as unknown. Demographics have to come first. \
              Sites without demographics set `identity.match = \"shape-only\"`.",
    example: "A new site whose carrier sent its deductions a day before HR sent the first employees.",
    fix: "Run the demographic file first, then release this file with: feedgate release REF.",
};

pub(super) static PRIOR_YEAR_AFTER_CURRENT: Explanation = Explanation {
    message: "A file of a prior plan year came after a later year was imported.",
    meaning: "Receivers take the last file as the truth, so an old year can overwrite a new one. The order is prior \
              year first, the current year on a later day: while a file of a prior year waits, is held for another \
              reason or was imported today, files of later years wait. Corrections and re-runs belong to the plan year \
              of their records and are held the same way, also those of a run that was itself released.",
    example: "The file for 2027 was imported on December 1; a correction for 2026 arrives on December 2.",
    fix: "Ask payroll whether the old year may still be imported: then feedgate release REF, and import the later \
          year anew on another day; else feedgate refuse REF.",
};

pub(super) static INITIAL_IMPORT_REQUIRED: Explanation = Explanation {
    message: "The initial import of this plan year has not been completed.",
    meaning: "With `initial_import = \"required\"` a plan year begins with one import that reaches back to its first \
              change: a run over the whole file (`delta = false`) or one that is given a deduction start date. Until it \
              ended Completed, files that arrive on their own or come by a schedule are held, since they would bring \
              changes without what they change. A run by hand, a test, corrections and re-runs are not.",
    example: "The plan year 2027 opened and the first weekly file of changes arrived.",
    fix: "Run the initial import by hand over the whole file (feedgate run NAME --delta false) or with a deduction \
          start date, then release this file with: feedgate release REF.",
};

pub(super) static OMISSION_UNSURE: Explanation = Explanation {
    message: "It is not certain whom this full file leaves out.",
    meaning: "Employees missing from a full file would be deactivated (`omission = \"terminate\"`), but some of its \
              records could not be read well enough to say whose they are. One of them may be the employee who \
              seems to be missing. A full file without any record is held as well: it would deactivate everybody, \
              and percentages do not stop small files.",
    example: "Three rows have a damaged subscriber ID, and three employees of the roster are missing.",
    fix: "Have the sender correct the rejected rows and send the full file anew, then feedgate refuse REF. If the \
          people missing have really left, feedgate release REF.",
};

pub(super) static GUARD_ERRORS: Explanation = Explanation {
    message: "More records are rejected than the guard allows.",
    meaning: "Many errors at once mostly have one cause: a shifted column, a changed layout, a wrong file. The limit \
              is `guards.max_error_percent` or a count; files under 20 records are exempt from percentages.",
    example: "120 of 400 records rejected with `guards.max_error_percent = 20`.",
    fix: "Look for the common cause in the error file, correct the export, send a new file and refuse this one with: \
          feedgate refuse REF. To take the good records all the same, feedgate release REF.",
};

pub(super) static GUARD_TERMINATIONS: Explanation = Explanation {
    message: "More employees would be terminated than the guard allows.",
    meaning: "Mass terminations end people's coverage, and mostly a filter or a status mapping is wrong. The limit is \
              `guards.max_termination_percent` or a count, compared with the active employees of the roster.",
    example: "60 of 400 active employees come with status T.",
    fix: "Ask HR whether so many people left: if yes, feedgate release REF; if no, feedgate refuse REF and have the \
          export corrected.",
};

pub(super) static GUARD_MISSING: Explanation = Explanation {
    message: "A full file lacks more employees than the guard allows.",
    meaning: "A full file lists everybody, and many people missing at once mostly means that an employer, a location \
              or the end of the file is missing. The guard compares with the active employees whom this integration \
              sent last; a file of few records is exempt from percentages only where they are few, too.",
    example: "The full file has 250 of the 400 employees: one location was not exported.",
    fix: "Have the sender send the whole file and refuse this one with: feedgate refuse REF. If all the people \
          missing have left, feedgate release REF.",
};

pub(super) static GUARD_ROWS: Explanation = Explanation {
    message: "The number of records differs from the last file by more than the guard allows.",
    meaning: "A sender's files are mostly of similar size from one time to the next. A sudden change points to a cut \
              file, a changed filter or a doubled export.",
    example: "Last week 4,300 records, today 900.",
    fix: "Ask the sender whether the number is right: if yes, feedgate release REF; if no, feedgate refuse REF and \
          have the file sent anew.",
};

pub(super) static GUARD_AMOUNT: Explanation = Explanation {
    message: "The total amount differs from the last file by more than the guard allows.",
    meaning: "The sum of the deductions mostly changes little from one file to the next. A jump points to yearly \
              amounts in place of amounts per pay period, to cents taken for dollars or to a missing plan.",
    example: "Last week 51,200.00 in all, today 614,400.00: monthly became yearly.",
    fix: "Ask the sender whether the total is right: if yes, feedgate release REF; if no, feedgate refuse REF and \
          have the file sent anew.",
};
