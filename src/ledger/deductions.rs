//! Deductions out of the ledger: all of an integration as small entries, or one subscriber's with shown fields.

use super::names::{self, NameKind};
use super::{Ledger, LedgerError};
use crate::compare::shown;
use crate::matching::deductions::{DeductionState, Deductions};

const DAMAGED: LedgerError = LedgerError::Damaged {
    what: "a row of the deductions",
};

/// A deduction after its last accepted record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDeduction {
    /// The integration that accepted it.
    pub integration: String,
    /// Its small entry.
    pub state: DeductionState,
    /// Its shown fields, in the order of [`shown::DEDUCTION`].
    pub fields: Vec<String>,
}

impl Ledger {
    /// The last accepted deductions of an integration.
    pub fn load_deductions(&self, integration: &str) -> Result<Deductions, LedgerError> {
        let Some(number) = names::known(&self.connection, NameKind::Integration, integration)?
        else {
            return Ok(Deductions::new(0));
        };
        let mut all = Deductions::new(self.rows("deductions", "integration", number)?);
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, state FROM deductions WHERE integration = ?1")?;
        let mut rows = statement.query([number])?;
        while let Some(row) = rows.next()? {
            let state = row.get_ref(1)?.as_blob().map_err(|_| DAMAGED)?;
            let (state, _) = DeductionState::load(row.get(0)?, state).ok_or(DAMAGED)?;
            all.put(state);
        }
        self.give_back_cache()?;
        Ok(all)
    }

    /// The deductions of one subscriber ID over all integrations, in the order they first came. Reads them all.
    pub fn deductions_of(&self, subscriber_id: &str) -> Result<Vec<StoredDeduction>, LedgerError> {
        let mut first_field = Vec::new();
        shown::push(&mut first_field, subscriber_id.as_bytes());
        let mut statement = self.connection.prepare_cached(
            "SELECT d.id, d.state, n.name FROM deductions d JOIN names n ON n.number = d.integration
             WHERE substr(d.state, ?1, ?2) = ?3 ORDER BY d.id",
        )?;
        let mut rows = statement.query((
            DeductionState::STORED as i64 + 1,
            first_field.len() as i64,
            &first_field,
        ))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().map_err(|_| DAMAGED)?;
            let (state, rest) = DeductionState::load(row.get(0)?, bytes).ok_or(DAMAGED)?;
            found.push(StoredDeduction {
                integration: row.get(2)?,
                state,
                fields: shown::fields(rest),
            });
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::LedgerError;
    use super::super::scenario::{changes, committed, ledger, new_run, summary};
    use crate::compare::change::{Change, ChangeReader};
    use crate::compare::shown;
    use crate::domain::RunStatus;
    use crate::matching::deductions::DeductionState;

    fn deduction(key: u64, subscriber: &str) -> Vec<u8> {
        let mut state = Vec::new();
        DeductionState {
            key,
            content: 1,
            run: 1,
            ends: DeductionState::OPEN,
            id: 0,
        }
        .store(&mut state);
        shown::push(&mut state, subscriber.as_bytes());
        shown::push(&mut state, b"MED01");
        state
    }

    #[test]
    fn kept_by_integration_and_found_by_subscriber() {
        let (_folder, mut ledger) = ledger();
        let mut commit = |integration: &str, id: u32, state: &[u8]| {
            let run = ledger.begin(&new_run(integration)).expect("run");
            let summary = summary(&run, RunStatus::Completed, 1, 0);
            let bytes = changes(&[Change::Deduction { id, state }]);
            let mut reader = ChangeReader::new(&bytes[..]);
            ledger.commit(run.number, &committed(&summary), Some(&mut reader), "main")
        };
        commit("med", 0, &deduction(u64::MAX, "S1")).expect("new");
        commit("den", 0, &deduction(7, "S1")).expect("new");
        commit("med", 0, &deduction(8, "S11")).expect("new");
        commit("med", 1, &deduction(u64::MAX, "S1")).expect("changed");
        let refused = commit("den", 1, &deduction(u64::MAX, "S1"));
        assert!(matches!(
            refused,
            Err(LedgerError::OtherKey {
                table: "deductions",
                row: 1
            })
        ));

        let med = ledger.load_deductions("med").expect("deductions");
        assert_eq!(med.find(u64::MAX).map(|d| d.id), Some(1));
        assert!(med.find(7).is_none());
        let found = ledger.deductions_of("S1").expect("found");
        let shown: Vec<_> = found
            .iter()
            .map(|d| (d.integration.as_str(), d.fields.join(",")))
            .collect();
        assert_eq!(
            shown,
            [
                ("med", "S1,MED01".to_owned()),
                ("den", "S1,MED01".to_owned())
            ]
        );
    }
}
