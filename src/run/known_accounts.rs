//! The accounts that a run has to know.

use crate::domain::{Kind, ValueCipher};
use crate::ledger::LedgerError;
use crate::matching::accounts::Accounts;
use crate::site::{IntegrationContext, Result};

/// The accounts of the roster, for a file of accounts, and where employees are linked with them; then also whose they are.
pub(super) fn load(context: &IntegrationContext<'_>) -> Result<Option<Accounts>> {
    let IntegrationContext {
        integration,
        ledger,
        key,
        ..
    } = context;
    let (links, roster) = (integration.link_by.is_some(), &integration.roster);
    if integration.kind != Kind::Accounts && !links {
        return Ok(None);
    }
    let (mut accounts, cipher) = (Accounts::default(), ValueCipher::new(key));
    ledger.each_account(roster, &mut |state, id| {
        let unreadable = |_| LedgerError::Damaged {
            what: "the ID of an account",
        };
        accounts.push(state, &id.value(&cipher).map_err(unreadable)?);
        Ok(())
    })?;
    accounts.ready();
    if links {
        ledger.each_link(roster, &mut |subscriber, account| {
            accounts.link(subscriber, account);
        })?;
    }
    Ok(Some(accounts))
}
