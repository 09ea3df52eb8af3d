//! What an SFTP server says: it may say anything, and neither the program nor its promises about places break.
//!
//! Input: options, then the server's packets: a length of two bytes and the packet. Packets answer the requests in their
//! order, unless the length's highest bit says that the bytes go out as they are.

use feedgate::internal::transport::engine::{ByteStream, Connector, SftpOptions, SftpPlace};
use feedgate::internal::transport::{Fault, FaultKind, FileTransfer, Place};
use std::collections::VecDeque;
use std::io::Write;
use std::time::Duration;

/// Sizes of the files that are moved: nothing, a little, and more than one piece.
const SIZES: [usize; 3] = [0, 5, 300_000];

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some((options, said)) = data.split_first() else {
        return;
    };
    let server = Server {
        options: *options,
        said: said.to_vec(),
    };
    let mut place = SftpPlace::new(server, SftpOptions::default());
    match options & 7 {
        0 | 1 => list(&mut place),
        2 => fetch(&mut place),
        3 => send(&mut place),
        4 => {
            let paths = [b"/a".to_vec(), b"b".to_vec()];
            assert_eq!(place.look(&paths).len(), 2);
        }
        5 => {
            let pairs = [
                (b"/a".to_vec(), b"/b".to_vec()),
                (b"c".to_vec(), b"d".to_vec()),
            ];
            assert_eq!(place.rename(&pairs).len(), 2);
        }
        6 => {
            assert_eq!(place.remove(&[b"/a".to_vec(), b"/b".to_vec()]).len(), 2);
        }
        _ => {
            let _ = place.connect();
            place.keep_alive();
        }
    }
    place.disconnect();
}

fn list(place: &mut impl Place) {
    for entry in place.list(b"/in").unwrap_or_default() {
        assert!(!entry.name.is_empty() && entry.name.len() <= 4_096);
        assert!(!entry.name.iter().any(|b| matches!(b, b'/' | 0)));
        assert!(entry.name != b"." && entry.name != b"..");
    }
}

fn fetch(place: &mut impl Place) {
    let locals = SIZES.map(|_| tempfile::tempfile().expect("a file"));
    let file = |(n, size): (usize, usize)| {
        let local = locals[n].try_clone();
        FileTransfer {
            path: format!("/f{n}").into_bytes(),
            size: size as u64,
            local: Box::new(move || local),
        }
    };
    let results = place.fetch(SIZES.into_iter().enumerate().map(file).collect());
    assert_eq!(results.len(), SIZES.len());
    for ((result, local), size) in results.into_iter().zip(&locals).zip(SIZES) {
        let length = local.metadata().expect("a file").len();
        // Whatever the server sends, never more than was listed.
        assert!(length <= size as u64, "{length} bytes of {size}");
        if result.is_ok() {
            assert_eq!(length, size as u64, "a file that came");
        }
    }
}

fn send(place: &mut impl Place) {
    let file = |(n, size): (usize, usize)| {
        let mut local = tempfile::tempfile().expect("a file");
        local.write_all(&vec![7; size]).expect("a file");
        FileTransfer {
            path: format!("/f{n}").into_bytes(),
            size: size as u64,
            local: Box::new(move || Ok(local)),
        }
    };
    let results = place.send(SIZES.into_iter().enumerate().map(file).collect());
    assert_eq!(results.len(), SIZES.len());
}

struct Server {
    options: u8,
    said: Vec<u8>,
}

impl Connector for Server {
    type Stream = Talk;

    fn connect(&self) -> Result<Talk, Fault> {
        let mut output = VecDeque::new();
        // Mostly the greeting is as it should be, so that there is something behind it.
        if self.options & 0x20 == 0 {
            let mut version = vec![2, 0, 0, 0, 3];
            let offers = [(8, "fsync@openssh.com"), (16, "limits@openssh.com")];
            for (_, name) in offers.iter().filter(|o| self.options & o.0 != 0) {
                for text in [name, "1"] {
                    version.extend(length_field(text.len()));
                    version.extend(text.bytes());
                }
            }
            output.extend(length_field(version.len()));
            output.extend(version);
        }
        Ok(Talk {
            said: self.said.iter().copied().collect(),
            piece: if self.options & 0x40 == 0 {
                usize::MAX
            } else {
                1
            },
            asked: VecDeque::new(),
            input: Vec::new(),
            output,
        })
    }
}

struct Talk {
    said: VecDeque<u8>,
    piece: usize,
    /// The ids of requests that have no answer yet.
    asked: VecDeque<[u8; 4]>,
    input: Vec<u8>,
    output: VecDeque<u8>,
}

impl Talk {
    /// Puts the next packet out.
    fn speak(&mut self) {
        let (Some(high), Some(low)) = (self.said.pop_front(), self.said.pop_front()) else {
            return;
        };
        let length = u16::from_be_bytes([high & 0x7f, low]);
        let length = usize::from(length).min(self.said.len());
        let mut packet: Vec<u8> = self.said.drain(..length).collect();
        if high & 0x80 == 0 {
            if let (Some(field), Some(id)) = (packet.get_mut(1..5), self.asked.pop_front()) {
                field.copy_from_slice(&id);
            }
            self.output.extend(length_field(packet.len()));
        }
        self.output.extend(packet);
    }
}

impl ByteStream for Talk {
    fn write(&mut self, out: &[u8]) -> Result<usize, Fault> {
        self.input.extend_from_slice(out);
        while let Some(length) = self.input.first_chunk::<4>() {
            let length = 4 + u32::from_be_bytes(*length) as usize;
            if self.input.len() < length {
                break;
            }
            let packet: Vec<u8> = self.input.drain(..length).collect();
            // The first packet has a version where the others have their id.
            if packet[4] != 1 {
                self.asked
                    .push_back([packet[5], packet[6], packet[7], packet[8]]);
            }
        }
        Ok(out.len())
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        if self.output.is_empty() {
            if self.said.len() < 2 {
                return Err(Fault::new(FaultKind::Transient, "the server hung up"));
            }
            self.speak();
        }
        let count = into.len().min(self.output.len()).min(self.piece);
        for (to, byte) in into.iter_mut().zip(self.output.drain(..count)) {
            *to = byte;
        }
        Ok(count)
    }

    fn wait(&mut self, _: bool, _: Duration) -> Result<(), Fault> {
        Ok(())
    }
}

fn length_field(count: usize) -> [u8; 4] {
    let count = u32::try_from(count).expect("inputs are small");
    count.to_be_bytes()
}
