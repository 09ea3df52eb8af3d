//! Whose rejected record a corrected one is: what a file of corrections may hold.
//!
//! A correction belongs to an open rejection of its run by its key. Only where a finding was about the key itself may it
//! have another one; then what else is kept of the rejected record says whose it is. Whatever belongs to none is not
//! taken: a spreadsheet that loses the leading zeros of an ID makes another person of a row.

mod sought;

pub(crate) use sought::Sought;

use super::rejections::OpenRejection;
use super::traits::{Part, Trait};
use crate::domain::{AcceptedFinding, Code, ReferenceId};
use std::collections::HashMap;
use std::sync::Arc;

/// A corrected record, as far as it tells whose it is.
#[derive(Debug, Default)]
pub struct Correction {
    /// The hash of its key, if that can be read.
    pub key: Option<u64>,
    pub traits: Vec<Trait>,
    /// Hashes of its telling cells, sorted.
    pub cells: Vec<u32>,
    /// Those of the cells that say whose it is.
    pub person_cells: Vec<u32>,
}

impl Correction {
    pub(crate) fn get(&self, part: Part) -> Option<u32> {
        let own = self.traits.iter().find(|t| t.part == part);
        own.map(|t| t.hash)
    }
}

/// Which rejection a corrected record belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// To all of its key.
    ByKey,
    /// To one of these, by their rows in the ledger: they are as near to it.
    ByTraits(Vec<i64>),
    /// To none. It may be meant for this one, whose key was in no doubt.
    No(Option<RejectedPlace>),
}

/// When the key of a correction was accepted last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepted {
    Before,
    /// By a run that judged the same bytes.
    OfTheseBytes,
    /// After the record was rejected.
    Since,
}

/// Where a rejected record was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectedPlace {
    /// Number of the run that rejected it.
    pub run: u32,
    /// The data record's number in its file.
    pub record: u64,
}

/// What of a record's person is the same as in a rejected one, and what is not although no finding was about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agreement {
    pub same: usize,
    pub other: usize,
    /// Whether more than a name in doubt is the same, which many people may have.
    telling: bool,
}

impl Agreement {
    /// Whether it is the same person.
    fn is_person(self) -> bool {
        self.telling && self.same > self.other
    }
}

/// The open rejections that a file of corrections is for.
#[derive(Debug, Default)]
pub struct Corrections {
    /// The run that the file goes back to, by corrections of corrections.
    first_run: u32,
    rejections: Vec<OpenRejection>,
    by_key: HashMap<u64, Vec<usize>>,
    by_trait: HashMap<(Part, u32), Vec<usize>>,
    has_cells: bool,
    /// The runs that have rejected them, by their numbers.
    references: Vec<(u32, ReferenceId)>,
    /// Runs that judged the same bytes before: what they have accepted is not judged again.
    same_bytes: Vec<u32>,
    /// Findings that are let pass on records of the run that is corrected.
    accepted: Vec<AcceptedFinding>,
    /// Where it is written down what is asked for, if only some of the rejections are here.
    sought: Option<Arc<Sought>>,
}

/// Cells that this many rejected records share identify none of them.
const COMMON: usize = 64;
/// How many cells that say whose record it is have to be in one whose fields could not be told apart.
const PERSON_CELLS: usize = 2;

impl Corrections {
    /// Of the open rejections of these runs: one and those that it goes back to.
    pub fn new(
        references: Vec<(u32, ReferenceId)>,
        rejections: Vec<OpenRejection>,
        same_bytes: Vec<u32>,
    ) -> Corrections {
        let numbers = references.iter().map(|(number, _)| *number);
        let mut found = Corrections {
            first_run: numbers.min().unwrap_or(0),
            references,
            same_bytes,
            ..Corrections::default()
        };
        for (place, rejection) in rejections.iter().enumerate() {
            if let Some(key) = rejection.key {
                found.by_key.entry(key).or_default().push(place);
            }
            for kept in &rejection.traits {
                found.has_cells |= kept.part == Part::Cell;
                let places = found.by_trait.entry((kept.part, kept.hash)).or_default();
                // A row may have a cell twice.
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        found.rejections = rejections;
        found
    }

    /// Lets findings pass on records of the run that the file corrects.
    pub(crate) fn accepting(self, accepted: Vec<AcceptedFinding>) -> Corrections {
        Corrections { accepted, ..self }
    }

    /// Writes down what is asked for: only some of the rejections are here.
    pub(crate) fn seeking(self, sought: Arc<Sought>) -> Corrections {
        Corrections {
            sought: Some(sought),
            ..self
        }
    }

    /// The places of the rejections with a key.
    fn with_key(&self, key: u64) -> Option<&Vec<usize>> {
        if let Some(sought) = &self.sought {
            sought.key(key);
        }
        self.by_key.get(&key)
    }

    /// The places of the rejections with a trait.
    fn with_trait(&self, part: Part, hash: u32) -> Option<&Vec<usize>> {
        if let Some(sought) = &self.sought {
            sought.hash(part, hash);
        }
        self.by_trait.get(&(part, hash))
    }

    /// Whether a finding is let pass on a record of this key that belongs so.
    pub(crate) fn accepts(&self, code: Code, key: Option<u64>, belongs: &Belongs) -> bool {
        let Some((run, _)) = self
            .references
            .first()
            .filter(|_| !self.accepted.is_empty())
        else {
            return false;
        };
        let accepted = |r: &OpenRejection| {
            let finding = AcceptedFinding {
                code,
                record: r.record,
            };
            r.run == *run && self.accepted.contains(&finding)
        };
        self.of(key, belongs).any(accepted)
    }

    /// The rejections to which a record of this key belongs so.
    pub(crate) fn of<'c>(
        &'c self,
        key: Option<u64>,
        belongs: &'c Belongs,
    ) -> impl Iterator<Item = &'c OpenRejection> {
        self.rejections.iter().filter(move |r| match belongs {
            Belongs::ByKey => key.is_some() && r.key == key,
            Belongs::ByTraits(rows) => rows.contains(&r.row),
            Belongs::No(_) => false,
        })
    }

    /// Whether fields of some rejected records could not be told apart.
    pub(crate) fn has_cells(&self) -> bool {
        self.has_cells || self.sought.is_some()
    }

    /// What it means that a run has accepted the key of a record last.
    pub(crate) fn accepted_by(&self, run: u32) -> Accepted {
        match self.same_bytes.contains(&run) {
            true => Accepted::OfTheseBytes,
            false if run >= self.first_run => Accepted::Since,
            false => Accepted::Before,
        }
    }

    /// The reference ID of a run of these.
    pub(crate) fn reference(&self, run: u32) -> Option<&ReferenceId> {
        let run = self.references.iter().find(|(number, _)| *number == run);
        run.map(|(_, reference)| reference)
    }

    /// The rejections of a person with this subscriber hash.
    pub(crate) fn of_subscriber(&self, hash: u32) -> impl Iterator<Item = &OpenRejection> {
        self.with(Part::Subscriber, hash)
    }

    fn with(&self, part: Part, hash: u32) -> impl Iterator<Item = &OpenRejection> {
        let places = self.with_trait(part, hash).into_iter().flatten();
        places.map(|place| &self.rejections[*place])
    }

    /// Which rejection a corrected record belongs to.
    pub fn belongs(&self, correction: &Correction) -> Belongs {
        let of_key = correction.key.and_then(|key| self.with_key(key));
        if let Some(places) = of_key {
            // Another person's row whose ID became this one has nothing else of the rejected record.
            let stranger = |place: &usize| {
                let agreement = agreement(&self.rejections[*place], |t| has(correction, t));
                agreement.same == 0 && agreement.other > 1
            };
            return match places.iter().all(stranger) {
                false => Belongs::ByKey,
                true => Belongs::No(self.likely(correction)),
            };
        }
        let own = |r: &OpenRejection| !self.has_anothers(r, correction);
        let mut near = self.nearest(self.candidates(correction), |r| {
            score(r, correction).filter(|_| own(r))
        });
        if near.is_empty() {
            near = self.nearest(self.sharing_cells(correction), |r| {
                shared_cells(r, correction)
            });
        }
        match near.is_empty() {
            true => Belongs::No(self.likely(correction)),
            false => Belongs::ByTraits(near),
        }
    }

    /// The rejections with the highest score of those that have one.
    fn nearest(
        &self,
        mut places: Vec<usize>,
        score: impl Fn(&OpenRejection) -> Option<usize>,
    ) -> Vec<i64> {
        places.sort_unstable();
        places.dedup();
        let scored = places.into_iter().map(|p| &self.rejections[p]);
        let scored: Vec<(usize, i64)> = scored.filter_map(|r| Some((score(r)?, r.row))).collect();
        let best = scored.iter().map(|(score, _)| *score).max();
        let best_ones = scored.iter().filter(|(score, _)| Some(*score) == best);
        best_ones.map(|(_, row)| *row).collect()
    }

    /// Rejections that share a trait of the person.
    fn candidates(&self, correction: &Correction) -> Vec<usize> {
        let person = |t: &&Trait| t.part == Part::Subscriber || Part::PERSON.contains(&t.part);
        let shared = correction.traits.iter().filter(person);
        let shared = shared.filter_map(|t| self.with_trait(t.part, t.hash));
        shared.flatten().copied().collect()
    }

    /// Whether a correction has, in the place of a value that was right, that of another rejected record.
    fn has_anothers(&self, rejection: &OpenRejection, correction: &Correction) -> bool {
        let mut right = (rejection.traits.iter()).filter(|t| !t.doubted && t.part != Part::Name);
        right.any(|kept| {
            let sent = correction.get(kept.part).filter(|hash| *hash != kept.hash);
            let person = Part::PERSON.contains(&kept.part);
            person && sent.is_some_and(|hash| self.with(kept.part, hash).next().is_some())
        })
    }

    fn sharing_cells(&self, correction: &Correction) -> Vec<usize> {
        let cells = correction.cells.iter();
        let shared = cells.filter_map(|cell| self.with_trait(Part::Cell, *cell));
        shared
            .filter(|places| places.len() <= COMMON)
            .flatten()
            .copied()
            .collect()
    }

    /// The one rejection that a record has all of but its ID, which was right, where the record's own ID is that of
    /// another one.
    pub(crate) fn with_anothers_id(&self, correction: &Correction) -> Option<RejectedPlace> {
        let place = self.likely(correction)?;
        let is_it = |r: &&OpenRejection| (r.run, r.record) == (place.run, place.record);
        let rejection = self.rejections.iter().find(is_it)?;
        let key = rejection.traits.iter();
        let key = key.filter(|t| Part::KEY.contains(&t.part));
        let (mut id, mut other) = (false, false);
        for kept in key.filter(|t| !has(correction, **t)) {
            let is_id = kept.part == Part::Subscriber && !kept.doubted;
            id |= is_id;
            other |= !is_id;
        }
        (id && !other).then_some(place)
    }

    /// The one rejection whose person a record has that doesn't belong to it, because its key was right.
    fn likely(&self, correction: &Correction) -> Option<RejectedPlace> {
        let mut places = self.candidates(correction);
        places.sort_unstable();
        places.dedup();
        let same =
            |place: &usize| agreement(&self.rejections[*place], |t| has(correction, t)).is_person();
        let mut found = places.into_iter().filter(same);
        let (one, other) = (found.next()?, found.next());
        other.is_none().then(|| {
            let rejection = &self.rejections[one];
            RejectedPlace {
                run: rejection.run,
                record: rejection.record,
            }
        })
    }
}

/// Compares the person of a rejected record; `has` says whether the other record has a trait too.
pub(crate) fn agreement(rejection: &OpenRejection, has: impl Fn(Trait) -> bool) -> Agreement {
    let mut found = Agreement::default();
    let person = |t: &&Trait| Part::PERSON.contains(&t.part);
    for kept in rejection.traits.iter().filter(person) {
        if has(*kept) {
            found.same += 1;
            found.telling |= kept.part != Part::Name || !kept.doubted;
        } else {
            found.other += usize::from(!kept.doubted);
        }
    }
    found
}

fn has(correction: &Correction, kept: Trait) -> bool {
    correction.get(kept.part) == Some(kept.hash)
}

/// How many traits a correction shares with a rejected record whose key was in doubt, if it may be its correction: no part
/// of the key, nor the SSN, has changed that was right, and it is the same person.
fn score(rejection: &OpenRejection, correction: &Correction) -> Option<usize> {
    let of = |part: Part| rejection.traits.iter().find(|t| t.part == part);
    let right = |part: &Part| of(*part).is_some_and(|t| !t.doubted);
    if rejection.key.is_some() && !rejection.traits.iter().copied().any(in_key_and_doubted) {
        return None;
    }
    let changed = |part: &Part| right(part) && !of(*part).is_some_and(|t| has(correction, *t));
    // What can't be read is told by its own finding.
    let readable = |part: &Part| correction.get(*part).is_some();
    // Nor an SSN that was right: one person has one.
    let mut fixed = Part::KEY.iter().chain([&Part::Ssn]);
    if fixed.any(|p| changed(p) && readable(p)) {
        return None;
    }
    let person = agreement(rejection, |t| has(correction, t));
    let known = right(&Part::Subscriber) && readable(&Part::Subscriber);
    let same = rejection.traits.iter().filter(|t| has(correction, **t));
    (known || person.is_person()).then(|| same.count())
}

fn in_key_and_doubted(kept: Trait) -> bool {
    kept.doubted && (Part::KEY.contains(&kept.part) || kept.part == Part::Else)
}

/// How many cells a correction shares with a rejected record whose fields could not be told apart, if these are at least
/// half of them and its person's are among them.
fn shared_cells(rejection: &OpenRejection, correction: &Correction) -> Option<usize> {
    let cells = || rejection.traits.iter().filter(|t| t.part == Part::Cell);
    let shared = cells().filter(|t| correction.cells.binary_search(&t.hash).is_ok());
    let (all, shared) = (cells().count(), shared.count());
    let least = all.min(correction.cells.len());
    let person = &correction.person_cells;
    let of_person = person
        .iter()
        .filter(|cell| cells().any(|t| t.hash == **cell));
    let same_person = of_person.count() >= PERSON_CELLS.min(person.len());
    (same_person && shared > 0 && shared * 2 >= least).then_some(shared)
}

#[cfg(test)]
mod tests;
