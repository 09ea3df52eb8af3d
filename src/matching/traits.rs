//! What is kept of rejected records, besides their keys, to know their corrections again.

/// What is kept of a rejected record to know its correction again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, strum::FromRepr)]
#[repr(u8)]
pub enum Part {
    /// Any cell of a record whose fields could not be told apart.
    Cell = 0,
    Subscriber = 1,
    Ssn = 2,
    Username = 3,
    Number = 4,
    /// First and last name.
    Name = 5,
    /// The code of a deduction.
    Code = 6,
    /// When a deduction takes effect.
    Effective = 7,
    Ein = 8,
    /// What else belongs to the key, and was in doubt.
    Else = 9,
}

impl Part {
    /// The parts that say whose record it is, whatever its ID.
    pub(crate) const PERSON: [Part; 4] = [Part::Ssn, Part::Username, Part::Number, Part::Name];
    /// The parts of the key.
    pub(super) const KEY: [Part; 4] = [Part::Subscriber, Part::Code, Part::Effective, Part::Ein];
}

/// A keyed hash of a part of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trait {
    pub part: Part,
    /// Whether a finding was about it, so that the correction may say something else.
    pub doubted: bool,
    pub hash: u32,
}

impl Trait {
    /// Bytes of a stored trait.
    const STORED: usize = 5;
    const DOUBTED: u8 = 0x80;

    /// Appends the stored form.
    pub(crate) fn store(self, out: &mut Vec<u8>) {
        let doubted = if self.doubted { Trait::DOUBTED } else { 0 };
        out.push(self.part as u8 | doubted);
        out.extend_from_slice(&self.hash.to_le_bytes());
    }

    /// Reads what [`Trait::store`] wrote; what is not understood is left out.
    pub(crate) fn read(stored: &[u8]) -> impl Iterator<Item = Trait> {
        let (whole, _) = stored.as_chunks::<{ Trait::STORED }>();
        let read = |[tag, hash @ ..]: &[u8; Trait::STORED]| {
            Some(Trait {
                part: Part::from_repr(tag & !Trait::DOUBTED)?,
                doubted: tag & Trait::DOUBTED != 0,
                hash: u32::from_le_bytes(*hash),
            })
        };
        whole.iter().filter_map(read)
    }
}
