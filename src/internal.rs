//! What integration tests, fuzz targets and benchmarks reach inside the crate, name by name. Nothing else is visible from
//! outside, so the compiler reports code that nothing uses.

pub mod changeset {
    pub mod shown {
        pub use crate::changeset::shown::KeptField;
    }
}
pub mod compare {
    pub mod fingerprint {
        pub use crate::compare::fingerprint::Fingerprint;
    }
}
pub mod config {
    pub use crate::config::{Config, ListedKey, Presence, all_keys, load, parse};
}
pub mod daemon {
    pub use crate::daemon::Daemon;
}
pub mod domain {
    pub use crate::domain::{
        AccountColumn, Action, ArrivalId, Cents, Code, CompleteBy, DeductionColumn,
        DemographicColumn, Kind, ReferenceId, RunStatus, RunSummary, Severity, SiteKey, Ssn,
        ValueCipher,
    };
    pub mod character {
        pub use crate::domain::character::{is_invisible, is_other_space};
    }
    pub mod code_list {
        pub use crate::domain::code_list::{
            ACCOUNT_STATUS, ACTION, COVERAGE_LEVEL, CodeList, EMPLOYMENT_LEVEL, EMPLOYMENT_STATUS,
            FREQUENCY, GENDER, MARITAL_STATUS, PAY_FREQUENCY, PAY_TYPE, STATES, TAX_TREATMENT,
        };
    }
    pub mod column {
        pub use crate::domain::column::{Column, KindColumns, Type};
    }
    pub mod explanation {
        pub use crate::domain::explanation::explain;
    }
    pub mod finding_code {
        pub use crate::domain::finding_code::Subject;
    }
    pub mod keyed_hash {
        pub use crate::domain::keyed_hash::HashedType;
    }
    pub mod masking {
        pub use crate::domain::masking::value::{guarded, hide_ssns, masked, ssn};
    }
    pub mod parameters {
        pub use crate::domain::parameters::GivenParameters;
    }
}
pub mod format {
    pub use crate::format::{Chunk, ChunkReader, Encoding, Layout};
    pub mod amount {
        pub use crate::format::amount::{AmountForm, AmountForms, Decimals, LARGEST, read};
    }
    pub mod chunk {
        pub use crate::format::chunk::Splitter;
    }
    pub mod control {
        pub use crate::format::control::{Control, TotalPosition};
    }
    pub mod dialect {
        pub use crate::format::dialect::{Dialect, FieldNumbers, Quotes};
    }
    pub mod encoding {
        pub use crate::format::encoding::Utf8Reader;
    }
    pub mod fault {
        pub use crate::format::fault::ReadError;
        pub mod limit {
            pub use crate::format::fault::limit::FIELD_BYTES;
        }
    }
    pub mod clean {
        pub use crate::format::clean::{clean, clean_as};
    }
    pub mod fields {
        pub use crate::format::fields::{FieldSplitter, Fields, FixedField};
    }
    pub mod layout {
        pub use crate::format::layout::ColumnSettings;
    }
    pub mod lines {
        pub use crate::format::lines::LinePattern;
    }
    pub mod output {
        pub use crate::format::output::{DateStyle, Facts, From, OutputLayout, SsnStyle};
    }
    pub mod split {
        pub use crate::format::split::Shape;
    }
    pub mod survey {
        pub use crate::format::survey::{Survey, Surveyor};
    }
}
pub mod ledger {
    pub use crate::ledger::{
        Asked, Event, EventAction, EventFilter, Ledger, NewRun, OneOff, Origin, Pause, RunFilter,
        RunRow, SendState, Source,
    };
}
pub mod matching {
    pub mod deductions {
        pub use crate::matching::deductions::Deductions;
    }
    pub mod identity_moves {
        pub use crate::matching::identity_moves::RehirePolicy;
    }
    pub mod rejections {
        pub use crate::matching::rejections::OpenRejections;
    }
    pub mod roster {
        pub use crate::matching::roster::{Employee, Roster};
    }
}
pub mod process {
    pub use crate::process::{JobSpec, Outcome, RunIdentity, RunIo, Writers, process};
    pub mod job {
        pub use crate::process::job::{Known, SourceFormat};
    }
    pub mod record {
        pub use crate::process::record::{ssn_hash, subscriber_hash};
    }
    pub mod source {
        pub use crate::process::source::SourceReader;
    }
}
pub mod rules {
    pub mod after_termination {
        pub use crate::rules::after_termination::Grace;
    }
    pub mod plan_year {
        pub use crate::rules::plan_year::{PlanYear, PlanYearRules};
    }
    pub mod versions {
        pub use crate::rules::versions::Versions;
    }
}
pub mod run {
    pub use crate::operations::in_process::{
        Noting, Response, perform, refuse, release, rerun, run,
    };
    pub use crate::run::{Command, Retired, RunRequest, purge};
}
pub mod schedule {
    pub use crate::schedule::resolve;
}
pub mod select {
    pub use crate::select::{PrimaryRow, RowFilter, Selection};
}
pub mod site {
    pub use crate::site::{OpenLedger, Quiet, RunError, Site, StateFault};
}
pub mod spool {
    pub use crate::spool::{
        Arriving, Claimed, Disk, Faults, InboundScan, InboundTracker, Lock, NotYet, OpenWriters,
        PendingSync, Queued, ScanTime, Sign, Signs, Waiting, claim, claim_marker, still_waits,
        writers_of,
    };
}
pub mod status {
    pub use crate::status::{IntegrationNow, Overview, WaitingFile, overview};
}
pub mod transfer {
    pub use crate::transfer::{Courier, Round};
}
pub mod transport {
    pub use crate::transport::{
        Fault, FaultKind, FileTransfer, Place, RemoteFile, SecretSource, SignIn, SshTarget,
        Timeouts, over_ssh,
    };
    pub mod engine {
        pub use crate::transport::engine::{ByteStream, Connector, SftpOptions, SftpPlace};
    }
}
pub mod validate {
    pub use crate::validate::{FieldPlan, FieldRules, Findings, Value, Values};
    pub mod date {
        pub use crate::validate::date::{DateForm, Moment, read};
    }
    pub mod field {
        pub use crate::validate::field::{FieldRules, ein_number, moment_forms};
    }
    pub mod findings {
        pub use crate::validate::findings::Target;
    }
    pub mod pattern {
        pub use crate::validate::pattern::Pattern;
    }
    pub mod marked_dates {
        pub use crate::validate::marked_dates::MarkedDates;
    }
    pub mod placeholders {
        pub use crate::validate::placeholders::BlankWords;
    }
    pub mod postal {
        pub use crate::validate::postal::zip;
    }
    pub mod ssn {
        pub use crate::validate::ssn::{Policy, SsnRules, read};
    }
    pub mod text {
        pub use crate::validate::text::{characters, has_control};
    }
}
