//! Test employees of whom a file says so.

use super::kind::RecordKind;
use super::merge::Merge;
use super::run_io::{Result, RunIo};

/// Stores every test employee once, unless another row of the file says that the employee is none. Those who were
/// known as others keep what was known of them.
pub(super) fn remember<K: RecordKind>(io: &dyn RunIo, merge: &mut Merge<'_, K>) -> Result<()> {
    let testers = std::mem::take(&mut merge.testers);
    if testers.is_empty() {
        return Ok(());
    }
    let hashes = testers.iter().map(|t| t.subscriber_hash).collect();
    let mut done = merge.duplicates.held(hashes);
    let mut once = testers;
    once.retain(|tester| done.insert(tester.subscriber_hash));
    let known = once.iter().map(|t| t.replaces).filter(|id| *id != 0);
    let mut kept = io.employees(&known.collect::<Vec<u32>>())?.into_iter();
    for tester in once {
        let (id, mut state) = (tester.replaces, tester.state.into_vec());
        let fields = (id != 0).then(|| kept.next()).flatten();
        for field in fields.into_iter().flatten() {
            field.push(&mut state);
        }
        merge.store_state(id, &state)?;
    }
    Ok(())
}
