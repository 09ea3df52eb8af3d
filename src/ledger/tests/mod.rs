//! What holds for a ledger in an `SQLite` file, besides what every ledger does.

mod file;
pub(crate) mod many_runs;
mod space;

use super::ledger_suite::{Backend, ledger_suite};
use super::{Ledger, SqliteLedger};
use std::path::PathBuf;
use tempfile::TempDir;

/// A ledger in a folder of its own.
struct SqliteFolder(TempDir);

impl SqliteFolder {
    fn new() -> SqliteFolder {
        SqliteFolder(tempfile::tempdir().expect("folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("ledger.db")
    }

    fn sqlite(&self) -> SqliteLedger {
        SqliteLedger::open(&self.path()).expect("opened")
    }
}

impl Backend for SqliteFolder {
    fn open(&self) -> Box<dyn Ledger> {
        Box::new(self.sqlite())
    }

    fn open_for_reading(&self) -> Box<dyn Ledger> {
        Box::new(SqliteLedger::open_read_only(&self.path()).expect("opened"))
    }

    fn another(&self) -> Box<dyn Backend> {
        Box::new(SqliteFolder::new())
    }
}

mod conformance {
    use super::{SqliteFolder, ledger_suite};

    ledger_suite!(SqliteFolder::new());
}
