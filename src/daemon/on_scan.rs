//! What a scan of an inbound folder changes: which files may be tried now, and which entries are reported as not taken.

use super::coordinator::Coordinator;
use super::integration_state::MOST_TOLD;
use crate::config::Integration;
use crate::domain::masking::masked;
use crate::intake::{FileNames, OTHER_NAME};
use crate::ledger::EventAction;
use crate::site::Result;
use crate::spool::{InboundScan, NotYet};
use std::collections::HashSet;

/// Handles a scan. Entries that are never taken, and a folder that can't be read, are reported once.
pub(super) fn on_scan(coordinator: &mut Coordinator, name: &str) -> Result<()> {
    let (Some(scan), Some(integration)) = (
        coordinator.queue.scan(name),
        coordinator.site.config.integration(name),
    ) else {
        return Ok(());
    };
    let integration = integration.clone();
    let look = match scan.found {
        Ok(look) => look,
        Err(why) => {
            let state = coordinator.states.get_mut(name);
            if state.is_some_and(|p| {
                p.sees(None);
                std::mem::replace(&mut p.seen, false)
            }) {
                tracing::error!(integration = name, "{why}");
                coordinator.record(EventAction::InboundUnknown, name, &why)?;
            }
            return Ok(());
        }
    };
    if let Some(state) = coordinator.states.get_mut(name)
        && !std::mem::replace(&mut state.seen, true)
    {
        tracing::info!(
            integration = name,
            "the inbound folder can be looked into again"
        );
        coordinator.record(
            EventAction::InboundSeenAgain,
            name,
            "the folder can be listed",
        )?;
    }
    report_not_taken(coordinator, &integration, &look)?;
    let state = coordinator.states.get_mut(name);
    if !state.is_some_and(|p| p.sees(Some(&look))) {
        return Ok(());
    }
    // Other integrations may have waited for files that are gone now.
    for later in &coordinator.site.config.integrations {
        if (later.name == name || later.after.iter().any(|n| n == name))
            && let Some(state) = coordinator.states.get_mut(&later.name)
        {
            state.may_go();
        }
    }
    Ok(())
}

/// Reports entries that are never taken, each once.
fn report_not_taken(
    coordinator: &mut Coordinator,
    integration: &Integration,
    look: &InboundScan,
) -> Result<()> {
    let names = FileNames::of(integration);
    let mut now: HashSet<String> = HashSet::new();
    let refused = look.refused.iter().take(MOST_TOLD);
    let refused = refused.map(|entry| format!("{}: {}", entry.name, entry.why));
    let mut others: Vec<String> = refused.collect();
    let unreadable = look.arriving.iter().filter(|a| a.why == NotYet::Unreadable);
    for one in unreadable.take(MOST_TOLD) {
        others.push(format!("{}: {}", masked(&one.file.name), one.why));
    }
    let events = others.len();
    for file in &look.complete {
        if others.len() >= MOST_TOLD {
            break;
        }
        if !names.take(&*coordinator.ledger, &file.name)? {
            let file = masked(&file.name);
            others.push(format!("{file}: {OTHER_NAME}"));
        }
    }
    for (place, why) in others.into_iter().enumerate() {
        let state = coordinator.states.get(&integration.name);
        if !state.is_some_and(|state| state.told.contains(&why)) {
            tracing::warn!(integration = integration.name, entry = why, "not taken");
            // Files of other names have their events with their receipts.
            if place < events {
                coordinator.record_once(EventAction::NotTaken, &integration.name, &why)?;
            }
        }
        now.insert(why);
    }
    if let Some(state) = coordinator.states.get_mut(&integration.name) {
        state.told = now;
    }
    Ok(())
}
