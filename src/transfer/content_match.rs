//! Whether files on the server are those that were to be sent.

use super::session::Session;
use super::stop_reason::{Faults, StopReason};
use crate::ledger::OutboxFile;
use crate::run::RunError;
use crate::spool;
use crate::transport::{FaultKind, Fetch};

/// What a file on the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentMatch {
    /// Our bytes.
    Ours,
    /// Other bytes.
    Other,
    /// It went away meanwhile, or the connection did.
    Unknown,
}

impl Session<'_> {
    /// Fetches files on the server that have the sizes of ours and compares their content.
    pub(super) fn compare(
        &mut self,
        files: &[(&OutboxFile, Vec<u8>)],
        faults: &mut Faults,
    ) -> Result<Vec<ContentMatch>, StopReason> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let folder = self.site.outbox();
        spool::make_transit(self.disk(), &folder)?;
        let endpoint = self.compared("");
        let local = |parcel: &OutboxFile| folder.join(format!("{endpoint}{}", parcel.number));
        let disk = &self.site.disk;
        let fetch = |(parcel, path): &(&OutboxFile, Vec<u8>)| {
            let into = local(parcel);
            Fetch {
                path: path.clone(),
                size: parcel.size,
                into: Box::new(move || disk.create_file(&into)),
            }
        };
        let fetched = self.place.fetch(files.iter().map(fetch).collect());
        let paths: Vec<Vec<u8>> = files.iter().map(|(_, path)| path.clone()).collect();
        let looks = self.place.look(&paths);
        let mut alike = Vec::new();
        for (((parcel, _), result), look) in files.iter().zip(fetched).zip(looks) {
            let likeness = match result.and(look) {
                // No more was fetched than we have: a longer one may go on otherwise.
                Ok(Some(entry)) if !entry.plain || entry.size != parcel.size => ContentMatch::Other,
                Ok(None) => ContentMatch::Unknown,
                Ok(Some(_)) => {
                    let digest =
                        spool::open_transit(&local(parcel)).and_then(|f| spool::digest(&f));
                    let (digest, _) = digest.map_err(RunError::io("comparing a file"))?;
                    if digest == parcel.sha256 {
                        ContentMatch::Ours
                    } else {
                        ContentMatch::Other
                    }
                }
                Err(fault) if fault.kind == FaultKind::Missing => ContentMatch::Unknown,
                Err(fault) => match faults.sort(fault)? {
                    Some(_) => ContentMatch::Other,
                    None => ContentMatch::Unknown,
                },
            };
            alike.push(likeness);
            spool::drop_transit(&self.site.disk, &local(parcel))?;
        }
        Ok(alike)
    }
}
