//! Sending a file of a run, a block at a time.

use super::failure::Failure;
use crate::operations::OpenedFile;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::unfold;
use std::io::{self, Read};

/// Bytes that are read at once.
const BLOCK: usize = 256 << 10;

/// The file as an attachment. A browser keeps it under its own name and never shows it as a page.
///
/// # Errors
/// Its name can't stand in a header.
pub(super) fn attachment(opened: OpenedFile) -> Result<Response, Failure> {
    let OpenedFile { name, size, file } = opened;
    let plain = |c: char| {
        if c.is_ascii_graphic() && !matches!(c, '"' | '\\') {
            c
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(plain).collect();
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::from_str(&disposition).map_err(|_| Failure::bug())?;
    let kind = HeaderValue::from_static("application/octet-stream");
    // No more than was there when it was opened.
    let blocks = unfold(Some(file.take(size)), |file| async move {
        let mut file = file?;
        let read = tokio::task::spawn_blocking(move || {
            let mut block = vec![0; BLOCK];
            let read = file.read(&mut block);
            read.map(|read| {
                block.truncate(read);
                (Bytes::from(block), file)
            })
        });
        match read.await {
            Ok(Ok((block, _))) if block.is_empty() => None,
            Ok(Ok((block, file))) => Some((Ok(block), Some(file))),
            Ok(Err(error)) => Some((Err(error), None)),
            Err(_) => Some((Err(io::ErrorKind::Other.into()), None)),
        }
    });
    // Who compresses it asks on behind its end.
    let blocks = blocks.fuse();
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_LENGTH, HeaderValue::from(size)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, Body::from_stream(blocks)).into_response())
}
