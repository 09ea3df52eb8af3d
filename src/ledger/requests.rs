//! Requests to the daemon, and its answers.
//!
//! A request is waiting, then taken, then answered. One that is still waiting can be withdrawn; the command that made
//! it then does the work without the daemon. Of taking and withdrawing only one succeeds.

use super::row::{micros, moment, offset};
use super::{LedgerError, Requests, SqliteLedger};
use chrono::{DateTime, FixedOffset, Utc};
use rusqlite::OptionalExtension;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its number, never given twice.
    pub number: i64,
    pub user: String,
    /// What is asked, as JSON.
    pub body: String,
    /// When it was asked, with the site's offset, to the second.
    pub at: DateTime<FixedOffset>,
}

impl Requests for SqliteLedger {
    fn ask(
        &mut self,
        user: &str,
        body: &str,
        at: DateTime<FixedOffset>,
    ) -> Result<i64, LedgerError> {
        self.connection
            .prepare_cached(
                "INSERT INTO requests (asked, asked_offset, user, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((micros(&at), offset(&at), user, body))?;
        Ok(self.connection.last_insert_rowid())
    }

    fn asked(&self) -> Result<Vec<Asked>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, user, body, asked, asked_offset FROM requests WHERE state = 'waiting' ORDER BY number",
        )?;
        let mut rows = statement.query([])?;
        let mut waiting = Vec::new();
        while let Some(row) = rows.next()? {
            waiting.push(Asked {
                number: row.get(0)?,
                user: row.get(1)?,
                body: row.get(2)?,
                at: moment(row, [3, 4], "the time of a request")?,
            });
        }
        Ok(waiting)
    }

    fn take_request(&mut self, number: i64) -> Result<bool, LedgerError> {
        let taken = self
            .connection
            .prepare_cached(
                "UPDATE requests SET state = 'taken' WHERE number = ?1 AND state = 'waiting'",
            )?
            .execute([number])?;
        Ok(taken == 1)
    }

    fn give_back(&mut self, number: i64) -> Result<(), LedgerError> {
        self.connection
            .prepare_cached(
                "UPDATE requests SET state = 'waiting' WHERE number = ?1 AND state = 'taken'",
            )?
            .execute([number])?;
        Ok(())
    }

    fn answer(&mut self, number: i64, answer: &str) -> Result<(), LedgerError> {
        self.connection
            .prepare_cached(
                "UPDATE requests SET state = 'answered', body = '', answer = ?2 WHERE number = ?1",
            )?
            .execute((number, answer))?;
        Ok(())
    }

    fn answer_to(&self, number: i64) -> Result<Option<String>, LedgerError> {
        Ok(self
            .connection
            .prepare_cached("SELECT answer FROM requests WHERE number = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?
            .flatten())
    }

    fn withdraw(&mut self, number: i64) -> Result<bool, LedgerError> {
        let withdrawn = self
            .connection
            .prepare_cached("DELETE FROM requests WHERE number = ?1 AND state = 'waiting'")?
            .execute([number])?;
        Ok(withdrawn == 1)
    }

    fn drop_taken(&mut self, answer: &str) -> Result<usize, LedgerError> {
        Ok(self
            .connection
            .prepare_cached(
                "UPDATE requests SET state = 'answered', body = '', answer = ?1 WHERE state = 'taken'",
            )?
            .execute([answer])?)
    }

    fn forget_requests(&mut self, before: DateTime<Utc>) -> Result<usize, LedgerError> {
        Ok(self
            .connection
            .prepare_cached("DELETE FROM requests WHERE state = 'answered' AND asked < ?1")?
            .execute([micros(&before)])?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::prelude::*;
    use super::super::scenario::{ledger, moment};
    use super::Asked;

    #[test]
    fn a_request_is_taken_or_withdrawn_and_answered_once() {
        let (_folder, mut ledger) = ledger();
        let at = moment("2026-11-20T05:30:12-05:00");
        let first = ledger.ask("ada", "{\"a\":1}", at).expect("asked");
        let second = ledger.ask("bob", "{}", at).expect("asked");
        let third = ledger.ask("bob", "{}", at).expect("asked");
        let waiting = ledger.asked().expect("read");
        let expected = Asked {
            number: first,
            user: "ada".into(),
            body: "{\"a\":1}".into(),
            at,
        };
        assert_eq!(waiting[0], expected);
        assert_eq!(waiting.len(), 3);

        assert!(ledger.take_request(first).expect("taken"));
        assert!(!ledger.take_request(first).expect("once"));
        assert!(!ledger.withdraw(first).expect("too late"));
        assert!(ledger.withdraw(second).expect("withdrawn"));
        assert!(!ledger.take_request(second).expect("gone"));
        assert_eq!(ledger.answer_to(first).expect("none yet"), None);
        assert_eq!(ledger.answer_to(second).expect("gone"), None);

        ledger.answer(first, "done").expect("answered");
        assert!(ledger.take_request(third).expect("taken"));
        assert_eq!(ledger.drop_taken("the daemon ended").expect("one"), 1);
        assert_eq!(
            ledger.answer_to(first).expect("read").as_deref(),
            Some("done")
        );
        let dropped = ledger.answer_to(third).expect("read");
        assert_eq!(dropped.as_deref(), Some("the daemon ended"));
        let bodies: i64 = ledger
            .connection
            .query_row("SELECT SUM(length(body)) FROM requests", [], |r| r.get(0))
            .expect("sum");
        assert_eq!(bodies, 0);
    }

    #[test]
    fn only_old_answers_are_forgotten() {
        let (_folder, mut ledger) = ledger();
        let old = moment("2026-11-20T05:30:12-05:00");
        let waiting = ledger.ask("ada", "{}", old).expect("asked");
        let answered = ledger.ask("ada", "{}", old).expect("asked");
        let newer = ledger
            .ask("ada", "{}", moment("2026-11-21T05:30:12-05:00"))
            .expect("asked");
        for number in [answered, newer] {
            ledger.answer(number, "done").expect("answered");
        }
        let before = moment("2026-11-21T00:00:00-05:00").to_utc();
        assert_eq!(ledger.forget_requests(before).expect("one"), 1);
        assert_eq!(ledger.answer_to(answered).expect("gone"), None);
        assert!(ledger.answer_to(newer).expect("kept").is_some());
        assert_eq!(ledger.asked().expect("kept")[0].number, waiting);
    }
}
