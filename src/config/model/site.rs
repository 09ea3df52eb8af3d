//! The site, its plan years, its rules of identity, the daemon and the SFTP server.

use crate::config::checker::table;
use crate::config::compound::{Either, list, table};
use crate::config::forms::{Bool, Date, Int, Words, words};
use crate::config::validators::{DURATION, NAME, PATTERN, TEXT, TIMEZONE};
use crate::matching::identity_moves::RehirePolicy;
use crate::rules::after_termination::Grace;
use crate::rules::plan_year::PlanYear;
use crate::validate::pattern::Pattern;
use crate::validate::ssn::Policy;
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

table! {
    /// The site as a whole.
    pub(crate) struct SiteSettings {
        timezone: Tz = required(TIMEZONE, "\"America/New_York\""),
            "Every \"today\", schedule, window and file date uses this time zone.";
        retention: Retention = default(table::<Retention>(), "{}"),
            "How long things are kept.";
    }
}

table! {
    /// A site that was copied for tests.
    pub(crate) struct TestCopy {
        endpoints: Vec<String> = default(list(NAME), "[]"),
            "Endpoints that were set again for the copy, and that it may use.";
    }
}

table! {
    /// How long things are kept.
    #[expect(clippy::struct_field_names, reason = "the keys are called so")]
    pub(crate) struct Retention {
        archive_days: u32 = default(Int(1, 36_500), "90"),
            "Days until an archived source file is purged.";
        runs_days: u32 = default(Int(1, 36_500), "400"),
            "Days until a run and its findings are purged from the ledger; the file's hash stays.";
        outbound_days: Option<u32> = optional(Int(1, 36_500)),
            "Days until a published file is removed from outbound folders, unless it is still to be sent; never when not \
             given.";
    }
}

table! {
    keys PlanYearKeys -> PlanYear {
        start: NaiveDate = required(Date, "2026-01-01"),
            "First day of the plan year.";
        end: NaiveDate = required(Date, "2026-12-31"),
            "Last day of the plan year.";
    } => PlanYear { start, end }
}

table! {
    /// How an employee is recognised.
    pub(crate) struct IdentityRules {
        match_mode = "match": MatchMode = default(words(&[("roster", MatchMode::Roster), ("shape-only", MatchMode::ShapeOnly)]), "\"roster\""),
            "Whether deduction records must match the roster, or only look right (for sites without demographics).";
        ssn: SsnPolicies = default(table::<SsnPolicies>(), "{}"),
            "Policies for Social Security numbers.";
        subscriber_id: SubscriberIdRules = default(table::<SubscriberIdRules>(), "{}"),
            "What subscriber IDs may be.";
        username: Username = default(table::<Username>(), "{}"),
            "The form of usernames.";
        rehire: RehirePolicy = default(words(&[("accept", RehirePolicy::Accept), ("hold", RehirePolicy::Hold), ("reject", RehirePolicy::Reject)]), "\"accept\""),
            "An employee who left and comes with another subscriber ID, the same SSN and the same first or last name: taken, held for a person to look at, or rejected.";
        after_termination: Grace = default(Either(words(&[("end-of-month", Grace::EndOfMonth)]), table::<GraceKeys>()), "{ days = 0 }"),
            "How long after the termination date of an employee a deduction may take effect; it gets a warning then. What ends a deduction is taken at any time.";
    }
}

table! {
    keys GraceKeys -> Grace {
        days: u32 = default(Int(0, 366), "0"),
            "Days after the termination date.";
    } => Grace::Days(days)
}

/// How strictly deduction records are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatchMode {
    Roster,
    /// Not at all: IDs only have to look right.
    ShapeOnly,
}

table! {
    /// Policies for Social Security numbers.
    pub(crate) struct SsnPolicies {
        placeholders: Policy = default(POLICY, "\"reject\""),
            "An SSN that is a known placeholder, such as nine equal digits. One that is taken is not compared with others.";
        itin: Policy = default(POLICY, "\"reject\""),
            "A taxpayer number (ITIN) in place of an SSN.";
        change: Policy = default(POLICY, "\"reject\""),
            "A known employee who comes with another SSN.";
        restore_leading_zeros: bool = default(Bool, "false"),
            "Whether an SSN of 7 or 8 digits gets the leading zeros back that a spreadsheet took.";
    }
}

const POLICY: Words<Policy> = words(&[
    ("reject", Policy::Reject),
    ("warn", Policy::Warn),
    ("accept", Policy::Accept),
]);

table! {
    /// What subscriber IDs may be.
    pub(crate) struct SubscriberIdRules {
        pattern: Pattern = default(PATTERN, "'[A-Za-z0-9._-]{1,50}'"),
            "What a whole subscriber ID looks like.";
        is_ssn: Policy = default(ID_IS_SSN, "\"reject\""),
            "A subscriber ID that is the employee's SSN, as where the SSN is the member number. One that is taken is kept \
             encrypted and shown masked; output files hold it as it was sent. An integration can say it for its own files.";
    }
}

pub(super) const ID_IS_SSN: Words<Policy> =
    words(&[("reject", Policy::Reject), ("accept", Policy::Accept)]);

table! {
    /// The form of usernames.
    pub(crate) struct Username {
        pattern: Pattern = default(PATTERN, "'[A-Za-z0-9._@-]{3,64}'"),
            "What a whole username looks like.";
        rule: UsernameRule = default(words(&[("none", UsernameRule::None), ("plansource", UsernameRule::Plansource)]), "\"none\""),
            "\"plansource\" cross-checks the username with name and SSN and warns.";
    }
}

/// Cross-check of the username with other fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UsernameRule {
    None,
    /// First initial, up to six letters of the last name, last four of the SSN, optional `_n`.
    Plansource,
}

table! {
    /// How `feedgate daemon` works.
    pub(crate) struct DaemonSettings {
        workers: usize = default(Int(1, 64), "4"),
            "Integrations that run at the same time.";
        scan_interval: Duration = default(DURATION, "\"10s\""),
            "Longest time between two looks into an inbound folder when no event rings.";
        stop_within: Duration = default(DURATION, "\"30s\""),
            "When told to stop, time to finish the files at work; what is not done by then is taken up again at the \
             next start.";
        min_free_mib: u64 = default(Int(0, 1 << 40), "256"),
            "Free room on the site's disk, in MiB, below which no file is taken.";
        log: LogForm = default(words(&[("text", LogForm::Text), ("json", LogForm::Json)]), "\"text\""),
            "How the daemon's lines on standard error are written.";
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogForm {
    Text,
    /// One JSON object per line.
    Json,
}

table! {
    /// The SFTP server of the site, which lets senders into its folders.
    pub(crate) struct SftpServer {
        chroots: Vec<PathBuf> = default(list(TEXT), "[]"),
            "Folders that it locks accounts into (ChrootDirectory), such as \"sftp/acme\", or \"sftp/*\" for every \
             folder in sftp; `feedgate check` looks at their owners, modes and contents.";
    }
}

impl SftpServer {
    /// The chroots, in the order written; relative ones lie in the site. Hidden folders don't belong to `…/*`.
    ///
    /// # Errors
    /// A folder before `/*` can't be listed; it is given with what the system said.
    pub(crate) fn chroots(&self, site: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
        let mut all = Vec::new();
        for written in &self.chroots {
            let path = site.join(written);
            match path.file_name() {
                Some(name) if name == "*" => {
                    let above = path.with_file_name("");
                    let mut found = folders(&above).map_err(|e| (above, e))?;
                    found.sort();
                    all.append(&mut found);
                }
                _ => all.push(path),
            }
        }
        Ok(all)
    }
}

fn folders(above: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(above)? {
        let entry = entry?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // A plain file beside the chroots is not a chroot; a link may be meant as one.
        if !hidden && !entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::SftpServer;
    use std::fs;
    use std::path::PathBuf;

    #[test]
    fn a_star_stands_for_every_folder() {
        let site = tempfile::tempdir().expect("folder");
        for name in ["sftp/hr", "sftp/acme", "sftp/.old"] {
            fs::create_dir_all(site.path().join(name)).expect("made");
        }
        fs::write(site.path().join("sftp/note"), "").expect("written");
        let server = |written: &[&str]| SftpServer {
            chroots: written.iter().map(PathBuf::from).collect(),
        };
        let at = |name: &str| site.path().join(name);
        let found = server(&["/srv/x", "sftp/*"]).chroots(site.path());
        let found = found.expect("listed");
        assert_eq!(
            found,
            [PathBuf::from("/srv/x"), at("sftp/acme"), at("sftp/hr")]
        );
        let missing = server(&["none/*"]).chroots(site.path());
        assert_eq!(missing.expect_err("missing").0, at("none/"));
    }
}
