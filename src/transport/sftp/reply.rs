//! Replies read from bytes. A server writes them: every length is checked, nothing is taken on trust.

use super::limits;
use super::status::Code;
use std::fmt;

const VERSION: u8 = 2;
const STATUS: u8 = 101;
const HANDLE: u8 = 102;
const DATA: u8 = 103;
const NAME: u8 = 104;
const ATTRS: u8 = 105;
const EXTENDED_REPLY: u8 = 201;

/// A packet that doesn't keep to the protocol: what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply<'p> {
    /// How it went, and what the server says about it.
    Status(Code, &'p [u8]),
    /// An open file or folder.
    Handle(&'p [u8]),
    /// Bytes of a file.
    Data(&'p [u8]),
    /// Entries of a folder.
    Names(Names<'p>),
    /// What something is.
    Attributes(Attributes),
    /// The answer to an extension.
    Extended(&'p [u8]),
}

/// What a file is, as far as the server says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    /// Its size.
    pub(super) size: Option<u64>,
    /// Its kind and permissions, as `st_mode`.
    pub(super) mode: Option<u32>,
    /// When it was last changed, Unix seconds.
    pub(super) modified: Option<u32>,
}

/// Entries of a folder, read one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Names<'p> {
    left: u32,
    rest: Fields<'p>,
}

/// One entry of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named<'p> {
    /// Its name.
    pub(super) name: &'p [u8],
    /// The line that the server would show a person.
    pub(super) line: &'p [u8],
    /// What it is.
    pub(super) attributes: Attributes,
}

/// The length of the packet that bytes begin with, its length field included; `None`: that isn't known yet.
pub(super) fn length(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    let Some(field) = bytes.first_chunk::<4>() else {
        return Ok(None);
    };
    match u32::from_be_bytes(*field) as usize {
        0..5 => Err(Malformed("a packet is too short")),
        n if n > limits::PACKET => Err(Malformed("a packet is too long")),
        n => Ok(Some(4 + n)),
    }
}

/// Reads a packet, given without its length field, that answers a request: the request's id and the answer.
pub(super) fn read(packet: &[u8]) -> Result<(u32, Reply<'_>), Malformed> {
    let mut fields = Fields(packet);
    let kind = fields.byte()?;
    let id = fields.number()?;
    let reply = match kind {
        STATUS => {
            let code = Code::from(fields.number()?);
            // Early servers say nothing more.
            Reply::Status(code, fields.text(limits::PACKET).unwrap_or_default())
        }
        HANDLE => Reply::Handle(fields.text(limits::HANDLE)?),
        DATA => Reply::Data(fields.text(limits::PACKET)?),
        NAME => Reply::Names(Names {
            left: fields.number()?,
            rest: fields,
        }),
        ATTRS => Reply::Attributes(fields.attributes()?),
        EXTENDED_REPLY => Reply::Extended(fields.0),
        _ => return Err(Malformed("a packet is of no known kind")),
    };
    Ok((id, reply))
}

/// Reads the server's first packet, given without its length field: its version and the names of its extensions.
pub(super) fn version(packet: &[u8]) -> Result<(u32, Vec<&[u8]>), Malformed> {
    let mut fields = Fields(packet);
    if fields.byte()? != VERSION {
        return Err(Malformed("the first packet is not its version"));
    }
    let (version, mut names) = (fields.number()?, Vec::new());
    while !fields.0.is_empty() {
        names.push(fields.text(limits::PACKET)?);
        fields.text(limits::PACKET)?;
    }
    Ok((version, names))
}

/// Reads the answer to `limits@openssh.com`: the longest packet, READ and WRITE, and the most open files; 0: no limit.
pub(super) fn server_limits(bytes: &[u8]) -> Result<[u64; 4], Malformed> {
    let mut fields = Fields(bytes);
    let mut limits = [0; 4];
    for limit in &mut limits {
        *limit = fields.long()?;
    }
    Ok(limits)
}

impl<'p> Names<'p> {
    /// How many entries the server says are left.
    pub(super) fn left(&self) -> u32 {
        self.left
    }

    /// The next entry.
    pub(super) fn next(&mut self) -> Result<Option<Named<'p>>, Malformed> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        Ok(Some(Named {
            name: self.rest.text(limits::NAME)?,
            line: self.rest.text(limits::PACKET)?,
            attributes: self.rest.attributes()?,
        }))
    }
}

/// The fields of a packet that are still to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fields<'p>(&'p [u8]);

impl<'p> Fields<'p> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self
            .0
            .split_first_chunk::<N>()
            .ok_or(Malformed("a packet ends within a number"))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(self.take::<1>()?[0])
    }

    fn number(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_be_bytes(self.take()?))
    }

    fn long(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_be_bytes(self.take()?))
    }

    fn text(&mut self, most: usize) -> Result<&'p [u8], Malformed> {
        let length = self.number()? as usize;
        if length > most {
            return Err(Malformed("a name or handle is too long"));
        }
        let (text, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(Malformed("a packet ends within a text"))?;
        self.0 = rest;
        Ok(text)
    }

    fn attributes(&mut self) -> Result<Attributes, Malformed> {
        const SIZE: u32 = 1;
        const OWNER: u32 = 2;
        const MODE: u32 = 4;
        const TIMES: u32 = 8;
        const EXTENDED: u32 = 1 << 31;
        let (flags, mut found) = (self.number()?, Attributes::default());
        if flags & !(SIZE | OWNER | MODE | TIMES | EXTENDED) != 0 {
            return Err(Malformed("attributes of no known kind"));
        }
        if flags & SIZE != 0 {
            found.size = Some(self.long()?);
        }
        if flags & OWNER != 0 {
            self.long()?;
        }
        if flags & MODE != 0 {
            found.mode = Some(self.number()?);
        }
        if flags & TIMES != 0 {
            self.number()?;
            found.modified = Some(self.number()?);
        }
        if flags & EXTENDED != 0 {
            // Each takes bytes, so their number is bounded by the packet.
            for _ in 0..self.number()? {
                self.text(limits::PACKET)?;
                self.text(limits::PACKET)?;
            }
        }
        Ok(found)
    }
}

impl Attributes {
    /// Whether it is a plain file; `None`: the server doesn't say.
    pub(super) fn plain(&self) -> Option<bool> {
        const KIND: u32 = 0o170_000;
        const PLAIN: u32 = 0o100_000;
        self.mode.map(|m| m & KIND == PLAIN)
    }
}
