//! An integration: what it takes, from whom, and when it stops to ask.

use crate::config::forms::{DURATION, EIN, GLOB, MARKER_SUFFIX, NAME, STATUS, TEXT};
use crate::config::key::Key;
use crate::config::key::Presence::{Default, Optional, Required};
use crate::config::key::Type::{
    Bool, CommaList, Date, Filled, Int, List, Named, Number, Table, Text, Words,
};
use crate::domain::Kind::{Deduction, Demographic};

pub(super) static KEYS: &[Key] = &[
    Key::new(
        "integration",
        Named(&NAME),
        Default("{}"),
        "The integrations; folders are named after them.",
    ),
    Key::new(
        "integration.*.kind",
        Words(&["demographic", "deduction"], &[]),
        Required("\"demographic\""),
        "What the records are: employees, or what is taken from their pay.",
    ),
    Key::new(
        "integration.*.files",
        Filled(&Text(&GLOB)),
        Default("[\"*.csv\", \"*.txt\"]"),
        "Names of files taken from the inbound folder.",
    ),
    Key::new(
        "integration.*.test_files",
        List(&Text(&GLOB)),
        Default("[]"),
        "Names of files that are judged and answered as a test: no output, no change to the roster.",
    ),
    Key::new(
        "integration.*.start",
        Words(&["arrival", "schedule"], &[]),
        Default("\"arrival\""),
        "Whether the daemon takes a file when it arrives, or it waits for a schedule or an explicit run.",
    ),
    Key::new(
        "integration.*.window",
        Text(&NAME),
        Optional,
        "The window outside of which files wait (status Scheduled); a run by hand takes them all the same.",
    ),
    Key::new(
        "integration.*.after",
        List(&Text(&NAME)),
        Default("[]"),
        "Integrations whose waiting files go first, and whose runs end first; a file of theirs that is still being uploaded counts for an hour after its last change.",
    ),
    Key::new(
        "integration.*.roster",
        Text(&NAME),
        Default("\"main\""),
        "The roster it keeps (demographic) or matches (deduction); one per employer.",
    ),
    Key::new(
        "integration.*.content",
        Words(&["changes", "full"], &[]),
        Default("\"changes\""),
        "Whether a file holds changed employees or all of them.",
    )
    .only(Demographic),
    Key::new(
        "integration.*.omission",
        Words(&["ignore", "report", "terminate"], &[]),
        Default("\"report\""),
        "What happens to employees a full file lacks; only with content = \"full\".",
    )
    .only(Demographic),
    Key::new(
        "integration.*.statuses",
        Filled(&Text(&STATUS)),
        Optional,
        "Only employees of these employment statuses are taken; all when not given.",
    )
    .only(Demographic),
    Key::new(
        "integration.*.eins",
        List(&Text(&EIN)),
        Default("[]"),
        "Employers whose records belong here; a record of another is EIN_FOREIGN; any when empty.",
    ),
    Key::new(
        "integration.*.allow_negative",
        Bool,
        Default("false"),
        "Whether amounts below zero are taken.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.zero_stops",
        Bool,
        Default("false"),
        "Whether an amount of zero stops a deduction.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.retro_days",
        Int(0, 3650),
        Default("60"),
        "Days back from which an effective date gets the warning RETRO.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.retro_reject_days",
        Int(0, 3650),
        Optional,
        "Days back from which an effective date is rejected; never when not given.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.initial_import",
        Words(&["optional", "required"], &[]),
        Default("\"optional\""),
        "\"required\" holds unattended runs until an initial import of the file's plan year has ended Completed: a run over the whole file (delta = false) or one with a deduction_start_date. A run by hand is never held for it.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.parameters",
        Table,
        Default("{}"),
        "Run parameters for what a run isn't given.",
    ),
    Key::new(
        "integration.*.parameters.delta",
        Bool,
        Optional,
        "Changed records only, by last_changed_at; false when not given.",
    ),
    Key::new(
        "integration.*.parameters.qualify_delta",
        Bool,
        Optional,
        "Drop records equal to the last accepted state; true when not given.",
    ),
    Key::new(
        "integration.*.parameters.lookback_days",
        Int(1, 31),
        Optional,
        "With delta: changed in the last so many days, not since the last completed run.",
    ),
    Key::new(
        "integration.*.parameters.include_employees",
        CommaList,
        Optional,
        "Person numbers; no other employee is taken.",
    ),
    Key::new(
        "integration.*.parameters.plan_year_start_date",
        Date,
        Optional,
        "Names the run's plan year, read by enrollment.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.parameters.enrollment",
        Words(&["standard", "open", "life-event"], &[]),
        Optional,
        "How plan_year_start_date is read: the day before the plan year, its first day, or the run date; \"standard\" when not given.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.parameters.deduction_start_date",
        Date,
        Optional,
        "Only records changed on or after this date.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.guards",
        Table,
        Default("{}"),
        "Limits over which a run is held for a person; a guard that isn't given is off. Files under 20 records are exempt from percentages (of missing employees only where there are under 20 of these to miss).",
    ),
    Key::new(
        "integration.*.guards.max_error_percent",
        Number(0.0, 100.0),
        Optional,
        "Rejected records, as a share of those judged.",
    ),
    Key::new(
        "integration.*.guards.max_error_count",
        Int(0, i64::MAX),
        Optional,
        "Rejected records.",
    ),
    Key::new(
        "integration.*.guards.max_termination_percent",
        Number(0.0, 100.0),
        Optional,
        "Terminations, as a share of the roster's active employees.",
    )
    .only(Demographic),
    Key::new(
        "integration.*.guards.max_termination_count",
        Int(0, i64::MAX),
        Optional,
        "Terminations.",
    )
    .only(Demographic),
    Key::new(
        "integration.*.guards.max_missing_percent",
        Number(0.0, 100.0),
        Optional,
        "Employees a full file lacks, as a share of the roster's active ones whom this integration sent last.",
    )
    .only(Demographic),
    Key::new(
        "integration.*.guards.max_missing_count",
        Int(0, i64::MAX),
        Optional,
        "Employees a full file lacks.",
    )
    .only(Demographic),
    Key::new(
        "integration.*.guards.max_row_change_percent",
        Number(0.0, 1000.0),
        Optional,
        "Difference in the number of records from the last accepted file.",
    ),
    Key::new(
        "integration.*.guards.max_row_change_count",
        Int(0, i64::MAX),
        Optional,
        "Difference in the number of records from the last accepted file.",
    ),
    Key::new(
        "integration.*.guards.max_amount_change_percent",
        Number(0.0, 1000.0),
        Optional,
        "Difference in the total amount from the last accepted file.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.guards.max_amount_change",
        Int(0, 1_000_000_000_000),
        Optional,
        "Difference in the total amount from the last accepted file, in whole dollars.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.complete",
        Table,
        Default("{}"),
        "How a file that is still being uploaded is told from a whole one.",
    ),
    Key::new(
        "integration.*.complete.by",
        Words(&["auto", "rename", "marker", "quiet"], &[]),
        Default("\"auto\""),
        "What proves that a file is whole. \"auto\": what the system can prove (a rename into place, or the close of its last writer), else quiet; \"rename\": its name alone, for senders that upload under a temporary name and rename; \"marker\": a marker file that is not older; \"quiet\": no change for the settle time.",
    ),
    Key::new(
        "integration.*.complete.marker",
        Text(&MARKER_SUFFIX),
        Default("\".done\""),
        "Ending of the marker file, with by = \"marker\": NAME.done beside NAME. Markers are taken away with their file.",
    ),
    Key::new(
        "integration.*.complete.settle",
        Text(&DURATION),
        Default("\"10s\""),
        "Time without any change after which a file counts as whole, with by = \"quiet\", and with by = \"auto\" where the system can't prove it.",
    ),
    Key::new(
        "integration.*.limits",
        Table,
        Default("{}"),
        "Sizes no file may go over.",
    ),
    Key::new(
        "integration.*.limits.max_file_bytes",
        Int(1, i64::MAX),
        Default("17_179_869_184"),
        "Bytes in a source file (default 16 GiB).",
    ),
    Key::new(
        "integration.*.limits.max_records",
        Int(1, i64::MAX),
        Default("50_000_000"),
        "Records in a source file.",
    ),
    Key::new(
        "integration.*.limits.max_listed_findings",
        Int(1, i64::MAX),
        Default("100_000"),
        "Findings listed in an error file; counts stay full.",
    ),
    Key::new(
        "integration.*.folders",
        Table,
        Default("{}"),
        "Folders elsewhere than in the site, for example in an SFTP chroot; relative to the configuration file.",
    ),
    Key::new(
        "integration.*.folders.inbound",
        Text(&TEXT),
        Optional,
        "Where senders upload; inbound/NAME when not given.",
    ),
    Key::new(
        "integration.*.folders.output",
        Text(&TEXT),
        Optional,
        "Output files; outbound/NAME/output when not given.",
    ),
    Key::new(
        "integration.*.folders.errors",
        Text(&TEXT),
        Optional,
        "Error files and rejects files; outbound/NAME/errors when not given.",
    ),
    Key::new(
        "integration.*.folders.receipts",
        Text(&TEXT),
        Optional,
        "Receipts; outbound/NAME/receipts when not given.",
    ),
    Key::new(
        "integration.*.folders.archive",
        Text(&TEXT),
        Optional,
        "Source files after their run; archive/NAME when not given.",
    ),
    Key::new(
        "integration.*.folders.held",
        Text(&TEXT),
        Optional,
        "Held source files; held/NAME when not given.",
    ),
];
