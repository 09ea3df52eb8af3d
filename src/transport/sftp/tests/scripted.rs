//! A server that does what a test tells it to.

use crate::transport::byte_stream::{ByteStream, Connector};
use crate::transport::{Fault, FaultKind};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as the server gets it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) kind: u8,
    pub(super) id: u32,
    /// The first text: a path, handle or name.
    pub(super) text: Vec<u8>,
    pub(super) rest: Vec<u8>,
}

pub(super) const OPEN: u8 = 3;
pub(super) const CLOSE: u8 = 4;
pub(super) const READ: u8 = 5;
pub(super) const WRITE: u8 = 6;
pub(super) const LSTAT: u8 = 7;
pub(super) const FSTAT: u8 = 8;
pub(super) const OPENDIR: u8 = 11;
pub(super) const READDIR: u8 = 12;
pub(super) const RENAME: u8 = 18;

/// What the server answers; several packets, or none.
pub(super) type Answer = dyn FnMut(&Asked) -> Vec<Vec<u8>> + Send;

/// How a server behaves.
#[derive(Clone)]
pub(super) struct Server {
    answer: Arc<Mutex<Answer>>,
    /// What it offers in its version.
    pub(super) extensions: Vec<&'static str>,
    /// Bytes that can be read at once.
    pub(super) piece: usize,
    /// Whether it collects requests and answers the last one first.
    pub(super) backwards: bool,
    /// Hangs up after this many requests.
    pub(super) most: usize,
    /// How many connections were made, and the most requests that it had to answer at once.
    pub(super) seen: Arc<Mutex<(usize, usize)>>,
}

impl Server {
    pub(super) fn new(answer: impl FnMut(&Asked) -> Vec<Vec<u8>> + Send + 'static) -> Server {
        Server {
            answer: Arc::new(Mutex::new(answer)),
            extensions: Vec::new(),
            piece: usize::MAX,
            backwards: false,
            most: usize::MAX,
            seen: Arc::default(),
        }
    }
}

impl Connector for Server {
    type Stream = Scripted;

    fn connect(&self) -> Result<Scripted, Fault> {
        self.seen.lock().unwrap().0 += 1;
        Ok(Scripted {
            server: self.clone(),
            input: Vec::new(),
            waiting: Vec::new(),
            output: VecDeque::new(),
            asked: 0,
        })
    }
}

pub(super) struct Scripted {
    server: Server,
    input: Vec<u8>,
    waiting: Vec<Vec<u8>>,
    output: VecDeque<u8>,
    asked: usize,
}

impl Scripted {
    fn serve(&mut self, kind: u8, body: &[u8]) {
        const INIT: u8 = 1;
        if kind == INIT {
            let mut version = vec![2, 0, 0, 0, 3];
            for text in self.server.extensions.iter().flat_map(|e| [*e, "1"]) {
                version.extend(text_field(text.as_bytes()));
            }
            self.output.extend(framed(&version));
            return;
        }
        let (id, fields) = body.split_first_chunk().unwrap();
        let (length, fields) = fields.split_first_chunk().unwrap();
        let (text, rest) = fields.split_at(u32::from_be_bytes(*length) as usize);
        let asked = Asked {
            kind,
            id: u32::from_be_bytes(*id),
            text: text.to_vec(),
            rest: rest.to_vec(),
        };
        self.asked += 1;
        self.waiting
            .extend((self.server.answer.lock().unwrap())(&asked));
    }

    fn hand_out(&mut self) {
        let mut seen = self.server.seen.lock().unwrap();
        seen.1 = seen.1.max(self.waiting.len());
        if self.server.backwards {
            self.waiting.reverse();
        }
        self.output.extend(self.waiting.drain(..).flatten());
    }
}

impl ByteStream for Scripted {
    fn write(&mut self, out: &[u8]) -> Result<usize, Fault> {
        let count = out.len().min(self.server.piece);
        self.input.extend_from_slice(&out[..count]);
        while let Some(length) = self.input.first_chunk::<4>() {
            let length = 4 + u32::from_be_bytes(*length) as usize;
            if self.input.len() < length {
                break;
            }
            let packet: Vec<u8> = self.input.drain(..length).collect();
            self.serve(packet[4], &packet[5..]);
        }
        Ok(count)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        if !self.server.backwards {
            self.hand_out();
        }
        if self.output.is_empty() && self.asked >= self.server.most {
            return Err(Fault::new(
                FaultKind::Transient,
                "the server closed the connection",
            ));
        }
        let count = into.len().min(self.output.len()).min(self.server.piece);
        let (first, second) = self.output.as_slices();
        let front = count.min(first.len());
        into[..front].copy_from_slice(&first[..front]);
        into[front..count].copy_from_slice(&second[..count - front]);
        self.output.drain(..count);
        Ok(count)
    }

    fn wait(&mut self, _: bool, most: Duration) -> Result<(), Fault> {
        if self.waiting.is_empty() {
            std::thread::sleep(most.min(Duration::from_millis(2)));
        }
        self.hand_out();
        Ok(())
    }
}

/// A packet with its length.
pub(super) fn framed(packet: &[u8]) -> Vec<u8> {
    text_field(packet)
}

/// A text with its length.
pub(super) fn text_field(text: &[u8]) -> Vec<u8> {
    [&u32::try_from(text.len()).unwrap().to_be_bytes(), text].concat()
}

fn reply(kind: u8, id: u32, body: &[u8]) -> Vec<u8> {
    framed(&[&[kind], &id.to_be_bytes()[..], body].concat())
}

pub(super) fn status(asked: &Asked, code: u32) -> Vec<u8> {
    reply(101, asked.id, &[&code.to_be_bytes()[..], &[0; 8]].concat())
}

pub(super) fn handle(asked: &Asked, handle: &[u8]) -> Vec<u8> {
    reply(102, asked.id, &text_field(handle))
}

pub(super) fn data(asked: &Asked, bytes: &[u8]) -> Vec<u8> {
    reply(103, asked.id, &text_field(bytes))
}

/// Entries, each with these attributes.
pub(super) fn names(asked: &Asked, names: &[&[u8]], attributes: &[u8]) -> Vec<u8> {
    let mut body = u32::try_from(names.len()).unwrap().to_be_bytes().to_vec();
    for name in names {
        body.extend([text_field(name), text_field(b""), attributes.to_vec()].concat());
    }
    reply(104, asked.id, &body)
}

/// Attributes of a plain file.
pub(super) fn plain(size: u64) -> Vec<u8> {
    [
        &5u32.to_be_bytes()[..],
        &size.to_be_bytes(),
        &0o100_640u32.to_be_bytes(),
    ]
    .concat()
}

pub(super) fn attributes(asked: &Asked, attributes: &[u8]) -> Vec<u8> {
    reply(105, asked.id, attributes)
}

/// Where a READ or WRITE begins, and how many bytes it is about.
pub(super) fn span(asked: &Asked) -> (usize, usize) {
    let (from, rest) = asked.rest.split_first_chunk().unwrap();
    let (count, _) = rest.split_first_chunk().unwrap();
    (
        usize::try_from(u64::from_be_bytes(*from)).unwrap(),
        u32::from_be_bytes(*count) as usize,
    )
}

/// A well-behaved server of files: a READ brings at most `most` bytes.
pub(super) fn files(
    files: Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>>,
    most: usize,
) -> impl FnMut(&Asked) -> Vec<Vec<u8>> + Send {
    move |asked| {
        let mut files = files.lock().unwrap();
        let creates = asked.kind == OPEN && asked.rest[3] & 8 != 0;
        if creates {
            files.insert(asked.text.clone(), Vec::new());
        }
        let Some(file) = files.get_mut(&asked.text) else {
            return vec![status(asked, 2)];
        };
        vec![match asked.kind {
            OPEN => handle(asked, &asked.text),
            READ => {
                let (from, count) = span(asked);
                let end = file.len().min(from + count.min(most));
                match file.get(from..end) {
                    Some(bytes) if !bytes.is_empty() => data(asked, bytes),
                    _ => status(asked, 1),
                }
            }
            WRITE => {
                let (from, count) = span(asked);
                file.resize(file.len().max(from + count), 0);
                file[from..from + count].copy_from_slice(&asked.rest[12..]);
                status(asked, 0)
            }
            LSTAT | FSTAT => attributes(asked, &plain(file.len() as u64)),
            _ => status(asked, 0),
        }]
    }
}
