//! A server that is far away, where one file goes over several connections.

use super::pipes::{Pipe, Pipes};
use crate::transport::byte_stream::{ByteStream, Connector};
use crate::transport::place_suite::{bytes, fetched, sent};
use crate::transport::sftp::{SftpOptions, SftpPlace};
use crate::transport::{Fault, FaultKind, Place};
use std::collections::VecDeque;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How much longer a reply takes.
const AWAY: Duration = Duration::from_millis(12);

/// Makes a limited number of streams to a real server; each delays replies.
struct Far {
    pipes: Pipes,
    most: usize,
    dialed: Arc<AtomicUsize>,
}

struct FarLine {
    pipe: Pipe,
    held: VecDeque<(Instant, VecDeque<u8>)>,
}

impl Connector for Far {
    type Stream = FarLine;

    fn connect(&self) -> Result<FarLine, Fault> {
        if self.dialed.fetch_add(1, Ordering::Relaxed) >= self.most {
            return Err(Fault::new(FaultKind::Transient, "too many connections"));
        }
        Ok(FarLine {
            pipe: self.pipes.connect()?,
            held: VecDeque::new(),
        })
    }
}

impl ByteStream for FarLine {
    fn write(&mut self, out: &[u8]) -> Result<usize, Fault> {
        self.pipe.write(out)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        let mut came = vec![0; 64 << 10];
        let count = self.pipe.read(&mut came)?;
        if count > 0 {
            came.truncate(count);
            self.held.push_back((Instant::now() + AWAY, came.into()));
        }
        let Some((due, bytes)) = self.held.front_mut() else {
            return Ok(0);
        };
        if *due > Instant::now() {
            return Ok(0);
        }
        let count = into.len().min(bytes.len());
        for (to, byte) in into.iter_mut().zip(bytes.drain(..count)) {
            *to = byte;
        }
        if bytes.is_empty() {
            self.held.pop_front();
        }
        Ok(count)
    }

    fn wait(&mut self, writing: bool, most: Duration) -> Result<(), Fault> {
        self.pipe.wait(writing, most.min(Duration::from_millis(1)))
    }
}

/// A place where three connections pay, and how many were made; `None` where no server is installed.
fn far(most: usize) -> Option<(SftpPlace<Far>, Arc<AtomicUsize>)> {
    let dialed = Arc::new(AtomicUsize::new(0));
    let dial = Far {
        pipes: Pipes::find()?,
        most,
        dialed: Arc::clone(&dialed),
    };
    let terms = SftpOptions {
        connections: 3,
        ..SftpOptions::default()
    };
    Some((SftpPlace::new(dial, terms), dialed))
}

const LARGE: usize = (25 << 20) + 7;

fn path(at: &Path) -> Vec<u8> {
    at.as_os_str().as_bytes().to_vec()
}

#[test]
fn a_large_file_goes_and_comes_in_parts() {
    let root = tempfile::tempdir().unwrap();
    let (large, small) = (root.path().join("large"), root.path().join("small"));
    let content = bytes(1, LARGE);
    fs::write(&large, bytes(2, LARGE + 99)).unwrap();
    for most in [3, 1] {
        let Some((mut place, dialed)) = far(most) else {
            return;
        };
        let files = [
            (path(&large), content.clone()),
            (path(&small), b"abc".to_vec()),
            (path(&root.path().join("nowhere/x")), content.clone()),
        ];
        let results = sent(&mut place, &files);
        assert!(results[0].is_ok() && results[1].is_ok(), "{results:?}");
        assert_eq!(results[2].as_ref().unwrap_err().kind, FaultKind::Missing);
        assert_eq!(dialed.load(Ordering::Relaxed), 3);
        assert!(fs::read(&large).unwrap() == content);
        let wanted = [
            (path(&large), LARGE),
            (path(&small), 3),
            (path(&large), LARGE + 1),
        ];
        let came = fetched(&mut place, &wanted);
        assert!(came[0].as_ref().unwrap() == &content && came[1].as_ref().unwrap() == b"abc");
        assert_eq!(came[2].as_ref().unwrap_err().kind, FaultKind::Changed);
        // Connections are kept, and one that was refused is not asked for again.
        assert_eq!(dialed.load(Ordering::Relaxed), 3);
    }
}

#[test]
fn a_file_of_ours_that_is_shorter_fails_as_a_whole() {
    let Some((mut place, _)) = far(3) else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let ours = root.path().join("ours");
    fs::write(&ours, bytes(1, 2 * LARGE - 1)).unwrap();
    let send = crate::transport::FileTransfer {
        path: path(&root.path().join("theirs")),
        size: 2 * LARGE as u64,
        local: Box::new(move || fs::File::open(ours)),
    };
    let results = place.send(vec![send]);
    assert_eq!(results[0].as_ref().unwrap_err().kind, FaultKind::Changed);
}
