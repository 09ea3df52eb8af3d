//! Lists of runs, newest first, and what they are found by. Each is read from an index of one integration after the other, so
//! that a page costs the same however many runs there are.

use super::history::{numbered, unknown};
use crate::domain::{Code, RunStatus, RunSummary};
use crate::ledger::error::Result;
use crate::ledger::rosters::{NameKind, known_number, number_of};
use crate::ledger::row::{all, all_of_some, cell, execute, first, micros, value};
use crate::ledger::{RunLists, RunRow, SqliteLedger};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, ToSql};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Which runs to list.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Only of this integration.
    pub integration: Option<String>,
    /// Only of these integrations.
    pub only: Option<BTreeSet<String>>,
    /// Only with this status.
    pub status: Option<RunStatus>,
    /// Only those that need a person: Held, with open rejections, or Failed without a later run that took a file of the
    /// same source.
    pub open: bool,
    /// Only those that found this.
    pub code: Option<Code>,
    /// Only begun at or after this moment.
    pub since: Option<DateTime<Utc>>,
    /// Only begun before this moment.
    pub until: Option<DateTime<Utc>>,
    /// Only those that come after this place in the list.
    pub after: Option<RunPlace>,
    /// The oldest first, instead of the newest.
    pub oldest_first: bool,
}

/// The place of a run in lists: by when it began, then by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunPlace {
    pub(super) started: i64,
    pub(super) number: u32,
}

impl RunPlace {
    fn read(row: &Row<'_>) -> Result<RunPlace> {
        Ok(RunPlace {
            started: row.get(0)?,
            number: row.get(1)?,
        })
    }
}

impl fmt::Display for RunPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.started, self.number)
    }
}

impl FromStr for RunPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<RunPlace, &'static str> {
        const ADVICE: &str = "take it from `next` of the page before";
        let (started, number) = text.split_once('.').ok_or(ADVICE)?;
        Ok(RunPlace {
            started: started.parse().map_err(|_| ADVICE)?,
            number: number.parse().map_err(|_| ADVICE)?,
        })
    }
}

/// How many runs of an integration need a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenTotals {
    pub held: u64,
    /// Failed, without a later run that took a file of the same source.
    pub failed: u64,
    /// Rejected records that wait for their correction.
    pub rejected: u64,
}

impl RunLists for SqliteLedger {
    fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<RunRow>> {
        let mut places = Vec::new();
        for integration in listed_integrations(self, filter)? {
            places.extend(places_of(&self.connection, filter, &integration, limit)?);
        }
        places.sort_unstable_by(|a, b| b.cmp(a));
        if filter.oldest_first {
            places.reverse();
        }
        places.truncate(limit);
        let rows = places
            .iter()
            .map(|place| numbered(&self.connection, place.number));
        rows.collect()
    }

    fn integrations_with_runs(&self) -> Result<Vec<String>> {
        // Of each one entry of the index is read.
        let sql = "WITH RECURSIVE named (name) AS (
                SELECT MIN(integration) FROM runs
                UNION ALL
                SELECT (SELECT MIN(integration) FROM runs WHERE integration > name) FROM named WHERE name IS NOT NULL
            ) SELECT name FROM named WHERE name IS NOT NULL";
        all(&self.connection, sql, [], cell)
    }

    fn open_totals(&self, integration: &str) -> Result<OpenTotals> {
        let sql = "SELECT COUNT(*) FILTER (WHERE status = 'Held'), COUNT(*) FILTER (WHERE status = 'Failed' AND unresolved),
                COALESCE(SUM(open_rejections), 0)
             FROM runs INDEXED BY runs_that_need_people WHERE integration = ?1 AND open";
        let totals = first(&self.connection, sql, [integration], |row| {
            Ok(OpenTotals {
                held: row.get::<_, i64>(0)?.cast_unsigned(),
                failed: row.get::<_, i64>(1)?.cast_unsigned(),
                rejected: row.get::<_, i64>(2)?.cast_unsigned(),
            })
        })?;
        Ok(totals.unwrap_or_default())
    }

    fn runs_made_of(&self, run: &RunRow) -> Result<Vec<RunRow>> {
        let sql = "SELECT * FROM runs WHERE resubmission_of = ?1
             UNION SELECT * FROM runs WHERE rerun_of = ?1 ORDER BY number";
        all(
            &self.connection,
            sql,
            [run.reference.as_str()],
            RunRow::read,
        )
    }

    fn run_before(&self, run: &RunRow) -> Result<Option<RunRow>> {
        let place = run.place();
        let sql = "SELECT * FROM runs WHERE integration = ?1 AND (started, number) < (?2, ?3)
             ORDER BY started DESC, number DESC LIMIT 1";
        let asked = (&run.integration, place.started, place.number);
        first(&self.connection, sql, asked, RunRow::read)
    }

    fn last_taken(&self, run: &RunRow) -> Result<Option<RunRow>> {
        let sql = "SELECT * FROM runs WHERE integration = ?1 AND number < ?2 AND test = 0 AND processed > 0 AND resubmission_of IS NULL
                AND whole_file AND status IN ('Completed', 'Completed with Errors')
             ORDER BY source IS (SELECT source FROM runs WHERE number = ?2) DESC, number DESC LIMIT 1";
        first(
            &self.connection,
            sql,
            (&run.integration, run.number),
            RunRow::read,
        )
    }

    fn changes(&self) -> Result<u64> {
        let count: i64 = value(&self.connection, "SELECT count FROM changes", [])?;
        Ok(count.cast_unsigned())
    }
}

/// The integrations whose runs may be listed.
fn listed_integrations(ledger: &SqliteLedger, filter: &RunFilter) -> Result<Vec<String>> {
    let seen = |name: &String| filter.only.as_ref().is_none_or(|only| only.contains(name));
    let mut names = match &filter.integration {
        Some(name) => vec![name.clone()],
        None => ledger.integrations_with_runs()?,
    };
    names.retain(seen);
    Ok(names)
}

/// The places of the first runs of an integration.
fn places_of(
    connection: &Connection,
    filter: &RunFilter,
    integration: &str,
    limit: usize,
) -> Result<Vec<RunPlace>> {
    let number = known_number(connection, NameKind::Integration, integration)?;
    let after = filter.after;
    let asked: [(&str, &dyn ToSql); 9] = [
        (":integration", &integration),
        (":name", &number),
        (":status", &filter.status.map(RunStatus::as_str)),
        (":code", &filter.code.map(Code::as_str)),
        (":since", &filter.since.as_ref().map_or(i64::MIN, micros)),
        (":until", &filter.until.as_ref().map_or(i64::MAX, micros)),
        (":started", &after.map_or(i64::MAX, |place| place.started)),
        (
            ":number",
            &after.map_or(i64::MAX, |place| i64::from(place.number)),
        ),
        (":limit", &i64::try_from(limit).unwrap_or(i64::MAX)),
    ];
    all_of_some(connection, &statement(filter), &asked, RunPlace::read)
}

/// The query of places: by the index that leaves the fewest runs to look at.
fn statement(filter: &RunFilter) -> String {
    const RARE: [RunStatus; 3] = [RunStatus::Failed, RunStatus::Held, RunStatus::InProgress];
    let rare = filter.status.is_some_and(|status| RARE.contains(&status));
    let by_code = filter.code.is_some() && !filter.open && !rare;
    let index = match filter.status {
        _ if filter.open => "runs_that_need_people",
        Some(_) => "runs_by_status",
        None => "runs_by_integration",
    };
    let from = match by_code {
        true => "run_codes c CROSS JOIN runs r ON r.number = c.run".to_owned(),
        false => format!("runs r INDEXED BY {index}"),
    };
    let (of, started, number) = match by_code {
        true => (
            "c.code = :code AND c.integration = :name",
            "c.started",
            "c.run",
        ),
        false => ("r.integration = :integration", "r.started", "r.number"),
    };
    let mut all = vec![of];
    all.extend(filter.open.then_some("r.open"));
    all.extend(filter.status.map(|_| "r.status = :status"));
    all.extend((filter.code.is_some() && !by_code).then_some(
        "EXISTS (SELECT 1 FROM run_codes WHERE code = :code AND integration = :name AND started = r.started
            AND run = r.number)",
    ));
    let order = if filter.oldest_first { "ASC" } else { "DESC" };
    format!(
        "SELECT {started}, {number} FROM {from} WHERE {} AND {started} >= :since AND {started} < :until
            AND {started} <= :started AND ({started}, {number}) < (:started, :number)
         ORDER BY {started} {order}, {number} {order} LIMIT :limit",
        all.join(" AND ")
    )
}

/// Notes whether a run that ended leaves its source unresolved, and what it resolves. `decided`: a person ended it so.
pub(super) fn resolve(connection: &Connection, number: u32, decided: bool) -> Result<()> {
    let run = numbered(connection, number)?;
    let summary = run.summary.as_ref();
    let duplicate = summary.is_some_and(|summary| summary.duplicate_of.is_some());
    if run.status == RunStatus::Failed && !run.test && !decided {
        let sql = "UPDATE runs SET unresolved = 1 WHERE number = ?1";
        execute(connection, sql, [number])?;
    }
    if run.status.judged_records() && !run.test && !duplicate {
        // One that failed before it had a file has no source of its own.
        let sql =
            "UPDATE runs SET unresolved = 0 WHERE integration = ?1 AND unresolved AND number < ?2
             AND (source IS NULL OR source IS (SELECT source FROM runs WHERE number = ?2))";
        execute(connection, sql, (&run.integration, number))?;
    }
    Ok(())
}

/// Keeps how often a run found each code.
pub(super) fn keep_codes(connection: &Connection, number: u32, summary: &RunSummary) -> Result<()> {
    if summary.findings.is_empty() {
        return Ok(());
    }
    let name = &summary.integration_name;
    let integration = number_of(connection, NameKind::Integration, name)?;
    let kept = execute(
        connection,
        "INSERT INTO run_codes (code, integration, started, run, findings)
         SELECT found.key, ?2, started, number, found.value FROM runs, json_each(summary, '$.findings') AS found
         WHERE number = ?1",
        (number, integration),
    )?;
    match kept {
        0 => Err(unknown(number)),
        _ => Ok(()),
    }
}

/// Forgets which codes a run found, as its stored summary has them.
pub(super) fn forget_codes(connection: &Connection, number: u32) -> Result<()> {
    execute(
        connection,
        "DELETE FROM run_codes WHERE (code, integration, started, run) IN (
            SELECT found.key, names.number, runs.started, runs.number
            FROM runs JOIN names ON names.kind = 'integration' AND names.name = runs.integration,
                json_each(runs.summary, '$.findings') AS found
            WHERE runs.number = ?1)",
        [number],
    )?;
    Ok(())
}
