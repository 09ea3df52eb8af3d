//! The accounts of a roster, and whose they are.

use super::{NameKind, known_number};
use crate::changeset::shown::{self, KeptField};
use crate::ledger::error::Result;
use crate::ledger::events;
use crate::ledger::row::{damaged, execute, first};
use crate::ledger::{AccountLinks, Event, SqliteLedger};
use crate::matching::accounts::AccountState;
use rusqlite::Transaction;

impl AccountLinks for SqliteLedger {
    fn each_account(
        &self,
        roster: &str,
        take: &mut dyn FnMut(AccountState, KeptField) -> Result<()>,
    ) -> Result<()> {
        let roster = known_number(&self.connection, NameKind::Roster, roster)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT account, email, active, id FROM accounts WHERE roster = ?1 ORDER BY account",
        )?;
        let mut rows = statement.query([roster])?;
        while let Some(row) = rows.next()? {
            let state = AccountState {
                key: row.get::<_, i64>(0)?.cast_unsigned(),
                email: row.get::<_, i64>(1)?.cast_unsigned(),
                active: row.get(2)?,
            };
            take(state, id(row.get_ref(3)?.as_blob().unwrap_or_default())?)?;
        }
        Ok(())
    }

    fn each_link(&self, roster: &str, take: &mut dyn FnMut(u64, u64)) -> Result<()> {
        let roster = known_number(&self.connection, NameKind::Roster, roster)?;
        let mut statement = self
            .connection
            .prepare_cached("SELECT subscriber, account FROM account_links WHERE roster = ?1")?;
        let mut rows = statement.query([roster])?;
        while let Some(row) = rows.next()? {
            let [subscriber, account] = [row.get::<_, i64>(0)?, row.get::<_, i64>(1)?];
            take(subscriber.cast_unsigned(), account.cast_unsigned());
        }
        Ok(())
    }

    fn account_of(&self, roster: &str, subscriber: u64) -> Result<Option<KeptField>> {
        let roster = known_number(&self.connection, NameKind::Roster, roster)?;
        let found: Option<Vec<u8>> = first(
            &self.connection,
            "SELECT a.id FROM account_links l JOIN accounts a ON a.roster = l.roster AND a.account = l.account
             WHERE l.roster = ?1 AND l.subscriber = ?2",
            (roster, subscriber.cast_signed()),
            |row| Ok(row.get(0)?),
        )?;
        found.map(|kept| id(&kept)).transpose()
    }

    fn end_link(&mut self, roster: &str, subscriber: u64, event: &Event) -> Result<bool> {
        let transaction = self.immediate()?;
        let roster = known_number(&transaction, NameKind::Roster, roster)?;
        let removed = execute(
            &transaction,
            "DELETE FROM account_links WHERE roster = ?1 AND subscriber = ?2",
            (roster, subscriber.cast_signed()),
        )?;
        if removed > 0 {
            events::insert(&transaction, event)?;
        }
        Ok(transaction.commit().map(|()| removed > 0)?)
    }
}

/// An account's ID as it is kept.
fn id(kept: &[u8]) -> Result<KeptField> {
    let mut fields = shown::fields(kept).into_iter();
    fields.next().ok_or(damaged("an account"))
}

/// Stores an account's new state. Its ID stays as it was first kept.
pub(super) fn know(
    transaction: &Transaction<'_>,
    (roster, run): (u16, u32),
    state: &[u8],
) -> Result<()> {
    let (account, id) = AccountState::load(state).ok_or(damaged("the state of an account"))?;
    execute(
        transaction,
        "INSERT INTO accounts (roster, account, email, active, id, run) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (roster, account) DO UPDATE SET email = ?3, active = ?4, run = ?6",
        (
            roster,
            account.key.cast_signed(),
            account.email.cast_signed(),
            account.active,
            id,
            run,
        ),
    )?;
    Ok(())
}

/// Makes an account a subscriber's. Whose it was before has it no longer: a person who came back under another ID.
pub(super) fn link(
    transaction: &Transaction<'_>,
    (roster, run): (u16, u32),
    subscriber: u64,
    account: u64,
) -> Result<()> {
    execute(
        transaction,
        "INSERT OR REPLACE INTO account_links (roster, subscriber, account, run) VALUES (?1, ?2, ?3, ?4)",
        (roster, subscriber.cast_signed(), account.cast_signed(), run),
    )?;
    Ok(())
}
