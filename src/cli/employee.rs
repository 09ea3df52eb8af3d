//! `feedgate employee ID`: what the rosters, the deductions and the rejected records hold of one person; and removing an
//! entry that was made by mistake, and ending its link with an account.

use super::run_commands::exit_code;
use super::table::{printed, table};
use super::terminal::{Terminal, stopped};
use super::value_parsers::reason;
use super::{CliError, Context, Out};
use crate::domain::masking::escape_control;
use crate::operations::{
    self, EMPLOYEE_FIELDS, EditedEntry, EmployeeDetails, EntryAct, HistoryEntry,
};
use clap::Args;
use std::io::Write;

/// Arguments of `employee`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The subscriber ID, or a handle such as ~abcdefgh for an ID that is not shown.
    #[arg(value_name = "ID")]
    subscriber_id: String,
    /// Remove the entry, which was made by mistake: its SSN and username are free. Nothing is sent to anybody.
    #[arg(long, requires = "why")]
    remove: bool,
    /// Remove the entry: the person has this other one, which takes over SSN and username if it has none.
    #[arg(
        long,
        value_name = "OTHER",
        requires = "why",
        conflicts_with = "remove"
    )]
    merge_into: Option<String>,
    /// Take that back, until a run changes the roster.
    #[arg(long, requires = "why", conflicts_with_all = ["remove", "merge_into"])]
    undo: bool,
    /// End the link with an account: the employee's next record goes out without its ID.
    #[arg(long = "unlink", requires = "why", conflicts_with_all = ["remove", "merge_into", "undo"])]
    end_link: bool,
    /// The roster, where several have an entry of this ID.
    #[arg(long, value_name = "NAME", requires = "why")]
    roster: Option<String>,
    /// Why; kept in the event log.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    why: Option<String>,
}

impl Arguments {
    /// What is to be done to the entry, and why.
    fn act(&self) -> Result<Option<(EntryAct, String)>, CliError> {
        let act = match (&self.merge_into, self.remove, self.undo, self.end_link) {
            (Some(other), ..) => EntryAct::MergeInto(other.clone()),
            (None, true, ..) => EntryAct::Remove,
            (None, _, true, _) => EntryAct::Undo,
            (None, _, _, true) => EntryAct::Unlink,
            _ if self.why.is_none() => return Ok(None),
            _ => {
                let sentence = "--why goes with --remove, --merge-into, --undo or --unlink";
                return Err(CliError::usage(vec![sentence.to_owned()]));
            }
        };
        Ok(Some((act, self.why.clone().unwrap_or_default())))
    }
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    if let Some((act, why)) = arguments.act()? {
        return edit(arguments, &act, why, context);
    }
    let known = operations::employee(&context.site()?, &arguments.subscriber_id)?;
    context.show(&known, print)
}

fn edit(
    arguments: &Arguments,
    act: &EntryAct,
    why: String,
    context: &mut Context<'_>,
) -> Result<u8, CliError> {
    let site = context.own_site()?;
    let (wanted, roster) = (&arguments.subscriber_id, arguments.roster.as_deref());
    let (command, edited) = operations::edit_command(&site, wanted, roster, act, why)?;
    let done = operations::dispatch(&site, &command, &Terminal::new());
    exit_code(done.map_err(|error| stopped(error, context.json))?)?;
    context.show(&edited, |edited, out| {
        let EditedEntry { handle, roster, .. } = edited;
        let back = format!(
            "Until a run changes the roster, `feedgate employee {handle} --undo --why …` takes that back."
        );
        let sentence = match (edited.done, &edited.into) {
            ("unlinked", _) => format!(
                "Unlinked: {handle} in the roster {roster}; the next record goes out without account_id, and the account is free."
            ),
            ("restored", _) => format!("Restored: {handle} in the roster {roster}."),
            (_, Some(into)) => {
                format!("Merged: {handle} into {into} in the roster {roster}. {back}")
            }
            _ => format!(
                "Removed: {handle} from the roster {roster}; SSN and username are free. {back}"
            ),
        };
        Ok(writeln!(out, "{sentence}")?)
    })
}

/// The fields of a deduction that are shown.
const SHOWN: [&str; 6] = [
    "deduction_code",
    "effective_date",
    "end_date",
    "employee_amount",
    "employer_amount",
    "action",
];

fn print(known: &EmployeeDetails, out: &mut Out) -> Result<(), CliError> {
    if known.id_is_masked {
        writeln!(out, "{:20}{}\n", "handle", known.handle)?;
    }
    if let Some(listed) = &known.listed {
        writeln!(out, "{:20}{}", "sync", listed.state)?;
        if let Some(account) = &listed.account_id {
            writeln!(out, "{:20}{}", "account_id", escape_control(account))?;
        }
        writeln!(out)?;
    }
    for entry in &known.rosters {
        let mut line = |name: &str, value: &str| -> Result<(), CliError> {
            if !value.is_empty() {
                writeln!(out, "{name:20}{}", escape_control(value))?;
            }
            Ok(())
        };
        line("roster", &entry.roster)?;
        line("state", entry.state)?;
        line("ssn", entry.ssn.as_deref().unwrap_or_default())?;
        for name in EMPLOYEE_FIELDS {
            line(name, entry.fields.get(name).map_or("", |v| v))?;
        }
        line("rehired from", &entry.rehired_from.join(", "))?;
        line("rehired as", &entry.rehired_as.join(", "))?;
        line(
            "last accepted by",
            entry.last_run.as_deref().unwrap_or_default(),
        )?;
        writeln!(out)?;
    }
    for roster in &known.removed_from {
        writeln!(
            out,
            "Removed from the roster {roster}. Until a run changes the roster, this takes it back:\n  feedgate employee {} --undo --why …\n",
            known.handle
        )?;
    }
    print_deductions(known, out)?;
    print_rejections(known, out)
}

fn print_rejections(known: &EmployeeDetails, out: &mut Out) -> Result<(), CliError> {
    if !known.rejections.is_empty() {
        let headings = [
            "rejected by",
            "integration",
            "line",
            "record",
            "codes",
            "now",
        ];
        let mut rows = table(&headings, &[2, 3]);
        for entry in &known.rejections {
            let rejection = &entry.rejection;
            let codes: Vec<&str> = rejection.codes.iter().map(|code| code.as_str()).collect();
            let now = match &entry.closed_by {
                None => "open".to_owned(),
                Some(run) if *run == rejection.reference_id => "dismissed".to_owned(),
                Some(run) => format!("corrected by {run}"),
            };
            rows.add_row([
                rejection.reference_id.to_string(),
                rejection.integration.clone(),
                rejection.line.to_string(),
                rejection.record.to_string(),
                codes.join(", "),
                now,
            ]);
        }
        write!(out, "\n{}", printed(&mut rows))?;
    }
    let mut rows = table(&["when", "run", "what", "by", "columns"], &[]);
    for entry in &known.history {
        let HistoryEntry {
            at,
            reference_id,
            action,
            columns,
            by,
        } = entry;
        let at = at.get(..16).unwrap_or(at).replace('T', " ");
        let columns = columns.join(", ");
        let run = reference_id.as_deref().unwrap_or_default();
        rows.add_row([&at, run, *action, &escape_control(by), &columns]);
    }
    if !known.history.is_empty() {
        write!(out, "\n{}", printed(&mut rows))?;
    }
    Ok(())
}

fn print_deductions(known: &EmployeeDetails, out: &mut Out) -> Result<(), CliError> {
    if known.deductions.is_empty() {
        writeln!(out, "No deductions.")?;
        return Ok(());
    }
    let headings = [
        "deduction",
        "from",
        "to",
        "employee",
        "employer",
        "action",
        "integration",
        "last accepted by",
    ];
    let mut rows = table(&headings, &[3, 4]);
    for deduction in &known.deductions {
        let fields = SHOWN.map(|f| escape_control(deduction.fields.get(f).map_or("", |v| v)));
        let last = deduction.last_run.clone().unwrap_or_default();
        rows.add_row(
            fields
                .into_iter()
                .chain([deduction.integration.clone(), last]),
        );
    }
    write!(out, "{}", printed(&mut rows))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::cli::out::tests::Printed;
    use crate::operations::{DeductionEntry, EmployeeDetails, RosterEntry};
    use std::collections::BTreeMap;

    #[test]
    fn fields_that_are_empty_are_left_out() {
        let known = EmployeeDetails {
            listed: None,
            handle: "~abcdefgh".into(),
            id_is_masked: true,
            rosters: vec![RosterEntry {
                roster: "main".into(),
                state: "active",
                ssn: Some("***-**-3456".into()),
                fields: BTreeMap::from([
                    ("subscriber_id", "N10002".to_owned()),
                    ("username", String::new()),
                ]),
                last_run: Some("20261120-000001".into()),
                rehired_from: vec!["N10001".to_owned()],
                rehired_as: Vec::new(),
            }],
            removed_from: vec!["main".into()],
            deductions: vec![DeductionEntry {
                integration: "deduction-import".into(),
                fields: BTreeMap::from([
                    ("deduction_code", "MED01".to_owned()),
                    ("effective_date", "2026-10-01".to_owned()),
                ]),
                last_run: None,
            }],
            rejections: Vec::new(),
            history: Vec::new(),
        };
        let printed = Printed::default();
        print(&known, &mut printed.out()).expect("printed");
        let text = printed.text();
        assert!(text.contains("handle              ~abcdefgh"), "{text}");
        assert!(text.contains("ssn                 ***-**-3456"), "{text}");
        assert!(!text.contains("username"), "{text}");
        assert!(text.contains("rehired from        N10001"), "{text}");
        assert!(!text.contains("rehired as"), "{text}");
        assert!(text.contains("MED01      2026-10-01"), "{text}");
        assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
    }
}
