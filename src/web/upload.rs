//! Receiving a file: its parts pass from the connection to the thread that writes them, a few at a time.

use super::app::App;
use super::failure::Failure;
use super::request::Who;
use crate::operations::{FileUpload, OperationError, UploadError, UploadedFile, begin_upload};
use axum::body::Bytes;
use axum::http::StatusCode;
use futures_util::{Stream, StreamExt};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

/// Parts that wait to be written.
const PARTS_AHEAD: usize = 8;
/// How long a sender may pause. After that the upload is given up, and leaves nothing.
pub(super) const NEXT_PART_WITHIN: Duration = Duration::from_secs(60);

/// A file that is about to be uploaded.
pub(super) struct Incoming {
    pub(super) integration: String,
    pub(super) name: String,
    /// In bytes, where the sender says it.
    pub(super) size: Option<u64>,
}

/// A part of a file, or the word that its sender broke off.
enum UploadPart {
    Bytes(Bytes),
    BrokenOff,
}

/// Receives a file into an inbound folder.
///
/// # Errors
/// It may not have this name, one of its name waits, it is too large, or its sender broke off: nothing is left of it then.
pub(super) async fn receive<E>(
    app: &App,
    who: &Who,
    incoming: Incoming,
    parts: impl Stream<Item = Result<Bytes, E>>,
) -> Result<UploadedFile, Failure> {
    let (sender, receiver) = channel(PARTS_AHEAD);
    let visible = who.visible();
    let writing = app.act(who, move |site| {
        let Incoming {
            integration,
            name,
            size,
        } = incoming;
        let upload = begin_upload(site, &integration, &name, size, &visible);
        write(upload?, receiver)
    });
    let sending = async {
        let mut parts = std::pin::pin!(parts);
        loop {
            let part = match timeout(NEXT_PART_WITHIN, parts.next()).await {
                Ok(Some(Ok(bytes))) => UploadPart::Bytes(bytes),
                Ok(None) => break,
                Ok(Some(Err(_))) | Err(_) => UploadPart::BrokenOff,
            };
            let last = matches!(part, UploadPart::BrokenOff);
            // The writer may have ended by an error of its own.
            if sender.send(part).await.is_err() || last {
                break;
            }
        }
        drop(sender);
    };
    let (written, ()) = tokio::join!(writing, sending);
    written
}

fn write(
    mut upload: FileUpload<'_>,
    mut parts: Receiver<UploadPart>,
) -> Result<UploadedFile, UploadError> {
    while let Some(part) = parts.blocking_recv() {
        match part {
            UploadPart::Bytes(bytes) => upload.write(&bytes)?,
            UploadPart::BrokenOff => {
                return Err(UploadError::Operation(OperationError::Failed(
                    "the upload was broken off; nothing was taken".to_owned(),
                )));
            }
        }
    }
    upload.finish()
}

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Failure {
        let (status, code, sentence) = match error {
            UploadError::Operation(error) => return Failure::from(error),
            UploadError::Name(sentence) => (StatusCode::UNPROCESSABLE_ENTITY, "name", sentence),
            UploadError::Waits(sentence) => (StatusCode::CONFLICT, "waits", sentence),
            UploadError::TooLarge(sentence) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too_large", sentence)
            }
            UploadError::DiskFull(sentence) => {
                (StatusCode::INSUFFICIENT_STORAGE, "disk_full", sentence)
            }
        };
        Failure::new(status, code, vec![sentence])
    }
}
