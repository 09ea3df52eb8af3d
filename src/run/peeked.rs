//! Plan years of waiting files, remembered: a daemon asks for them again and again while files wait for their turn.

use super::error::Result;
use crate::domain::Parameters;
use crate::spool::Waiting;
use chrono::NaiveDate;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// So many files are remembered; then it begins anew.
const MOST: usize = 100_000;

/// A file as it lies there, and what it would be judged by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    integration: String,
    inode: u64,
    changed: (i64, i64),
    parameters: String,
}

/// Plan years by file.
#[derive(Debug, Default)]
pub(super) struct Peeked {
    years: Mutex<HashMap<Key, Option<NaiveDate>>>,
}

impl Peeked {
    /// The plan year of a file, looked for only if it is not known. A file that has changed in any way is another one.
    pub(super) fn year(
        &self,
        integration: &str,
        file: &Waiting,
        parameters: &Parameters,
        look: impl FnOnce() -> Result<Option<NaiveDate>>,
    ) -> Result<Option<NaiveDate>> {
        let key = Key {
            integration: integration.to_owned(),
            inode: file.inode,
            changed: file.changed,
            parameters: serde_json::to_string(parameters).unwrap_or_default(),
        };
        let known = || self.years.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(year) = known().get(&key) {
            return Ok(*year);
        }
        // Nobody waits for a long file that another is reading.
        let year = look()?;
        let mut years = known();
        if years.len() >= MOST {
            years.clear();
        }
        years.insert(key, year);
        Ok(year)
    }
}

#[cfg(test)]
mod tests {
    use super::Peeked;
    use crate::domain::parameters::GivenParameters;
    use crate::spool::Waiting;
    use std::cell::Cell;
    use std::path::PathBuf;
    use std::time::SystemTime;

    #[test]
    fn a_file_is_looked_into_once_until_it_changes() {
        let (peeked, looks) = (Peeked::default(), Cell::new(0));
        let parameters = GivenParameters::default().complete();
        let file = |changed| Waiting {
            name: "ded.csv".to_owned(),
            misnamed: None,
            path: PathBuf::from("ded.csv"),
            size: 9,
            modified: SystemTime::UNIX_EPOCH,
            changed,
            inode: 7,
        };
        for changed in [(1, 0), (1, 0), (2, 0), (1, 0)] {
            let look = || {
                looks.set(looks.get() + 1);
                Ok("2026-01-01".parse().ok())
            };
            let year = peeked.year("med", &file(changed), &parameters, look);
            assert_eq!(year.expect("told"), "2026-01-01".parse().ok());
        }
        assert_eq!(looks.get(), 2);
    }
}
