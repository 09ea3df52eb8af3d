//! Uploads through the dashboard or the API: a file comes into an inbound folder exactly as over SFTP.

use super::error::OperationError;
use super::visible::Visible;
use crate::config::{Folder, Integration};
use crate::domain::file_name::{check_name, kept_name};
use crate::domain::masking::masked;
use crate::intake::{FileNames, OTHER_NAME, queued};
use crate::ledger::{Event, EventAction};
use crate::site::Site;
use crate::spool::{Arrival, Upload, UploadFault, UploadLimits};
use serde::Serialize;
use std::ffi::OsStr;
use std::fmt;

/// A file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct UploadedFile {
    pub(crate) integration: String,
    /// Its name as it may be shown.
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) size: u64,
}

/// Why a file is not uploaded.
#[derive(Debug)]
pub(crate) enum UploadError {
    /// It may not have this name.
    Name(String),
    /// A file of its name waits.
    Waits(String),
    TooLarge(String),
    DiskFull(String),
    /// There is no such integration, or the site failed.
    Operation(OperationError),
}

impl fmt::Display for UploadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UploadError::Name(sentence)
            | UploadError::Waits(sentence)
            | UploadError::TooLarge(sentence)
            | UploadError::DiskFull(sentence) => f.write_str(sentence),
            UploadError::Operation(error) => write!(f, "{error:?}"),
        }
    }
}

impl<E> From<E> for UploadError
where
    OperationError: From<E>,
{
    fn from(error: E) -> UploadError {
        UploadError::Operation(error.into())
    }
}

/// A file that is being uploaded into an inbound folder. Dropped before it is finished, it leaves nothing.
pub(crate) struct FileUpload<'a> {
    site: &'a Site,
    integration: &'a Integration,
    name: String,
    upload: Upload<'a>,
}

/// Begins the upload of a file. Its size, where the sender says it, is checked before a byte is read.
///
/// # Errors
/// There is no such integration, or it may not be seen; the file may not have this name, or one of its name waits; it is too
/// large; the disk is too full.
pub(crate) fn begin_upload<'a>(
    site: &'a Site,
    integration: &str,
    name: &str,
    size: Option<u64>,
    visible: &Visible,
) -> Result<FileUpload<'a>, UploadError> {
    let integration = visible.integration(site, integration)?;
    check_file_name(site, integration, name)?;
    let inbound = site.config.folder(integration, Folder::Inbound);
    let waits = inbound.join(name).symlink_metadata().is_ok()
        || queued(site, integration)?
            .iter()
            .any(|file| file.name == name);
    if waits {
        return Err(waits_already(name));
    }
    let limits = UploadLimits {
        bytes: integration.limits.max_file_bytes,
        floor_mib: site.config.daemon.min_free_mib,
    };
    if size.is_some_and(|size| size > limits.bytes) {
        return Err(fault(UploadFault::TooLarge(limits.bytes)));
    }
    Ok(FileUpload {
        upload: Upload::begin(&site.disk, &inbound, limits).map_err(fault)?,
        name: name.to_owned(),
        site,
        integration,
    })
}

impl FileUpload<'_> {
    /// Writes the next bytes.
    ///
    /// # Errors
    /// It gets too large, or the disk too full.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        self.upload.write(bytes).map_err(fault)
    }

    /// Gives the file its name, and writes down who sent it. From here on it is taken like any other.
    ///
    /// # Errors
    /// A file of its name waits by now; the disk or the ledger failed.
    pub(crate) fn finish(self) -> Result<UploadedFile, UploadError> {
        let FileUpload {
            site,
            integration,
            name,
            upload,
        } = self;
        let uploaded = UploadedFile {
            integration: integration.name.clone(),
            name: masked(&name),
            size: upload.size(),
        };
        let inbound = site.config.folder(integration, Folder::Inbound);
        if inbound.join(&name).symlink_metadata().is_ok() {
            return Err(waits_already(&name));
        }
        // Written first: a file that is there has its event, whatever happens in between.
        let event = Event {
            at: site.now(),
            user: site.user().to_owned(),
            action: EventAction::Upload,
            subject: integration.name.clone(),
            why: Some(format!("{} ({} bytes)", uploaded.name, uploaded.size)),
        };
        site.ledger()?.record_event(&event)?;
        let ending = integration.complete.marker_ending();
        match upload.finish(&name, ending).map_err(fault)? {
            Arrival::There => Ok(uploaded),
            Arrival::Taken => Err(waits_already(&name)),
        }
    }
}

/// Whether a file may be uploaded under this name.
fn check_file_name(site: &Site, integration: &Integration, name: &str) -> Result<(), UploadError> {
    let shown = kept_name(OsStr::new(name));
    if let Err(fault) = check_name(name) {
        return Err(UploadError::Name(format!("the name {shown} {fault}")));
    }
    if let Some(ending) = integration.complete.marker_ending()
        && name.ends_with(ending)
    {
        return Err(UploadError::Name(format!(
            "{shown} is the name of a marker file; upload the file itself, its marker follows by itself"
        )));
    }
    let ledger = site.ledger_for_reading()?;
    match FileNames::of(integration).take(&*ledger, name)? {
        true => Ok(()),
        false => Err(UploadError::Name(format!("{shown}: {OTHER_NAME}"))),
    }
}

fn waits_already(name: &str) -> UploadError {
    UploadError::Waits(format!(
        "a file {} waits already; upload it when that has been taken, or under another name",
        masked(name)
    ))
}

fn fault(fault: UploadFault) -> UploadError {
    match fault {
        UploadFault::TooLarge(most) => UploadError::TooLarge(format!(
            "the file has more than {most} bytes (limits.max_file_bytes); split it"
        )),
        UploadFault::DiskFull(floor) => UploadError::DiskFull(format!(
            "less than {floor} MiB are free on the site's disk (daemon.min_free_mib); upload it when there is room"
        )),
        UploadFault::Spool(error) => UploadError::Operation(error.into()),
    }
}
