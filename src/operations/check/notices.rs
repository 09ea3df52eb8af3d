//! Notices: who gets them, and the secrets that sending them needs.

use super::CheckFinding;
use crate::notices::{recipients, unreadable_secrets};
use crate::site::Site;

pub(super) fn look(site: &Site) -> Vec<CheckFinding> {
    let mut findings = Vec::new();
    for recipient in recipients(&site.config) {
        let what = match recipient.address.is_empty() {
            true => recipient.to,
            false => format!("{} to {}", recipient.to, recipient.address),
        };
        findings.push(CheckFinding::ok(
            what,
            "gets notices; `feedgate notices --test` tries it",
        ));
    }
    for (what, why) in unreadable_secrets(&site.config) {
        findings.push(CheckFinding::problem(what, why));
    }
    findings
}
