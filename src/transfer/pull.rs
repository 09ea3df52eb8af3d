//! One integration's files from the server into its inbound folder.

use super::backoff::after;
use super::deliver::{NO_INBOUND, NOT_FETCHED};
use super::fetch::Taking;
use super::listing::{Listed, Seen};
use super::session::{BATCH_BYTES, BATCH_FILES, Session};
use super::stop_reason::{StopReason, of_folder};
use super::trouble::About;
use crate::config::{AfterPull, Folder, Integration, Pull};
use crate::domain::file_name::kept_name;
use crate::domain::keyed::Domain;
use crate::ledger::{KeptPull, Part, Source};
use crate::run::Names;
use crate::spool::free_mib;
use crate::transport::RemoteFile;
use chrono::{DateTime, Days, FixedOffset};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::time::Duration;

/// Between two tries to move a file into inbound whose name is taken there.
const NAME_TAKEN: Duration = Duration::from_secs(15);

impl Session<'_> {
    /// Fetches what is whole. Returns when to look again.
    pub(super) fn pull(
        &mut self,
        integration: &Integration,
        pull: &Pull,
        seen: &mut Seen,
    ) -> Result<DateTime<FixedOffset>, StopReason> {
        self.attempts(Part::Pull, &integration.name);
        let about = About::new(Part::Pull, &integration.name, NOT_FETCHED);
        let inbound = self.config().folder(integration, Folder::Inbound);
        if !inbound.is_dir() {
            return Err(StopReason::Here(NO_INBOUND.to_owned()));
        }
        // What a server fails to delete or move keeps nothing from being fetched.
        let uncleared = match self.settle(integration) {
            Err(StopReason::Later(fault)) => Some(fault),
            other => other.map(|()| None)?,
        };
        let asked = self.site.now();
        let entries = self.place.list(pull.folder.as_bytes());
        let entries = entries.map_err(|fault| {
            let why = format!("the folder {} can't be listed: {fault}", pull.folder);
            self.unless_lost(about.clone(), &fault, why);
            of_folder(fault, |fault| {
                format!(
                    "the folder {} can't be listed: {fault}; check pull.folder and the account's rights",
                    pull.folder
                )
            })
        })?;
        let names = Names::of(integration);
        let ledger = &self.ledger;
        let takes = |name: &str| names.take(ledger, name);
        let found = seen.look(
            &entries,
            &integration.complete,
            takes,
            (asked, self.site.now()),
        )?;
        self.round.arriving += found.arriving;
        self.trouble_each(&about, &found.refused)?;
        let source = Source {
            integration: &integration.name,
            endpoint: self.endpoint,
            folder: &pull.folder,
        };
        let kept = self.ledger.kept_pulls(source)?;
        let wanted = self.wanted(integration, found.whole, &kept)?;
        let wanted = self.within_limit(integration, wanted)?;
        let mut taking = Taking {
            integration,
            source,
            contents: (pull.after == AfterPull::Keep)
                .then(|| kept.iter().filter_map(|k| k.sha256.clone()).collect()),
        };
        self.take(&mut taking, wanted, seen)?;
        self.note_listed(source, &entries, &kept)?;
        if let Some(fault) = uncleared {
            return Err(StopReason::Later(fault));
        }
        let mut next = after(self.now, pull.every);
        if self.has_enough() {
            next = self.now;
        }
        if let Some(again) = found.again {
            next = next.min(again);
        }
        if !self
            .ledger
            .temporaries(self.endpoint, &integration.name)?
            .is_empty()
        {
            next = next.min(after(self.now, NAME_TAKEN));
        }
        Ok(next)
    }

    /// Those that were not taken before and whose name isn't on its way.
    fn wanted(
        &self,
        integration: &Integration,
        whole: Vec<Listed>,
        kept: &[KeptPull],
    ) -> Result<Vec<Listed>, StopReason> {
        let kept: HashSet<(u64, u64, i64)> =
            kept.iter().map(|k| (k.key, k.size, k.modified)).collect();
        let mut open = self.ledger.open_pulls(self.endpoint)?;
        open.retain(|file| file.integration == integration.name);
        let open: HashSet<String> = open.into_iter().map(|file| file.name).collect();
        let wanted = |file: &Listed| {
            let key = self.key.hash(Domain::FileName, file.name.as_bytes());
            !kept.contains(&(key, file.size, file.modified)) && !open.contains(&file.name)
        };
        let mut files = whole;
        files.retain(wanted);
        Ok(files)
    }

    /// Those that aren't larger than any file may be; the others are told.
    fn within_limit(
        &mut self,
        integration: &Integration,
        files: Vec<Listed>,
    ) -> Result<Vec<Listed>, StopReason> {
        let most = integration.limits.max_file_bytes;
        let (files, large): (Vec<Listed>, Vec<Listed>) =
            files.into_iter().partition(|file| file.size <= most);
        let sentence = |file: &Listed| {
            let name = kept_name(OsStr::new(&file.name));
            format!(
                "{name}: it has {} bytes, more than limits.max_file_bytes allows",
                file.size
            )
        };
        let sentences: Vec<String> = large.iter().map(sentence).collect();
        let about = About::new(Part::Pull, &integration.name, NOT_FETCHED);
        self.trouble_each(&about, &sentences)?;
        Ok(files)
    }

    /// Takes files in batches, as far as there is room and time.
    fn take(
        &mut self,
        taking: &mut Taking<'_>,
        wanted: Vec<Listed>,
        seen: &mut Seen,
    ) -> Result<(), StopReason> {
        let mut rest = wanted.into_iter().peekable();
        while rest.peek().is_some() && !self.has_enough() {
            let floor = self.config().daemon.min_free_mib;
            let free = free_mib(&self.config().root)?;
            let room = free.saturating_sub(floor).saturating_mul(1 << 20);
            let mut batch = Vec::new();
            let mut bytes = 0u64;
            while let Some(file) = rest.peek()
                && batch.len() < BATCH_FILES
                && (batch.is_empty() || bytes.saturating_add(file.size) <= BATCH_BYTES)
                && bytes.saturating_add(file.size) <= room
                && free >= floor
            {
                bytes += file.size;
                batch.extend(rest.next());
            }
            if batch.is_empty() {
                return Err(StopReason::Here(format!(
                    "nothing is fetched until {floor} MiB and the next file have room on the site's disk (daemon.min_free_mib)"
                )));
            }
            let fetched = self.fetch(taking, batch, seen);
            // What came through goes on its way whatever happened to the others.
            self.deliver(taking.integration)?;
            if let Err(StopReason::Broken(error)) = fetched {
                return Err(StopReason::Broken(error));
            }
            self.sweep(taking.integration)?;
            let settled = self.settle(taking.integration);
            fetched?;
            settled?;
        }
        Ok(())
    }

    /// Remembers which kept files are still there.
    fn note_listed(
        &mut self,
        source: Source<'_>,
        entries: &[RemoteFile],
        kept: &[KeptPull],
    ) -> Result<(), StopReason> {
        if kept.is_empty() {
            return Ok(());
        }
        let listed: HashSet<(u64, u64, i64)> = entries
            .iter()
            .map(|e| {
                let key = self.key.hash(Domain::FileName, &e.name);
                (key, e.size, e.modified)
            })
            .collect();
        let is_listed = |k: &&KeptPull| listed.contains(&(k.key, k.size, k.modified));
        let numbers = |of: &dyn Fn(&&KeptPull) -> bool| -> Vec<i64> {
            kept.iter().filter(of).map(|k| k.number).collect()
        };
        let gone = numbers(&|k| k.listed && !is_listed(k));
        let back = numbers(&|k| !k.listed && is_listed(k));
        let forgotten = kept.iter().any(|k| !k.listed);
        if gone.is_empty() && back.is_empty() && !forgotten {
            return Ok(());
        }
        let days = Days::new(self.config().site.retention.runs_days.into());
        let before = self.now.checked_sub_days(days).unwrap_or(self.now);
        self.step("ledger: listed")?;
        Ok(self
            .ledger
            .note_listed(source, &gone, &back, self.now, before)?)
    }
}
