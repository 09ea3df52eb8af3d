//! What a webhook gets: the same as a mail, as JSON.

use super::text::{command, link, run_of};
use crate::domain::RunStatus;
use crate::domain::masking::masked;
use crate::ledger::{Ledger, Notice, NoticeKind};
use crate::site::{Result, Site};
use serde_json::{Value, json};
use std::fmt::Display;

/// The JSON of one notice or more about the same integration.
pub(super) fn json(
    site: &Site,
    ledger: &dyn Ledger,
    subject: &str,
    notices: &[Notice],
) -> Result<String> {
    let all: Result<Vec<Value>> = notices.iter().map(|n| one(site, ledger, n)).collect();
    let integration = notices.first().map(|n| n.notice.integration.as_str());
    let kind = match notices {
        [one] => one.notice.kind,
        _ => NoticeKind::Digest,
    };
    let body = json!({
        "kind": kind.as_str(),
        "subject": subject,
        "integration": integration,
        "notices": all?,
    });
    Ok(body.to_string())
}

fn one(site: &Site, ledger: &dyn Ledger, notice: &Notice) -> Result<Value> {
    let notice = &notice.notice;
    let run = match notice.kind {
        NoticeKind::Run => run_of(ledger, notice)?,
        _ => None,
    };
    let page = match notice.kind {
        NoticeKind::Run => format!("/runs/{}", notice.about),
        _ => format!("/integrations/{}", notice.integration),
    };
    let mut body = json!({
        "kind": notice.kind.as_str(),
        "at": site_time(site, notice.at),
        "line": notice.line,
        "status": notice.status.map(RunStatus::as_str),
        "why": notice.why,
        "link": link(site, &page),
        "command": command(notice),
    });
    if notice.kind == NoticeKind::Run {
        body["integration_reference_id"] = json!(notice.about);
    }
    if let Some(summary) = run.and_then(|run| run.summary) {
        body["records"] = json!({
            "processed": summary.records_processed,
            "accepted": summary.records_accepted,
            "unchanged": summary.records_unchanged,
            "skipped": summary.records_skipped,
            "rejected": summary.errors,
        });
        body["findings"] = json!(summary.findings);
        let files = summary
            .output_file
            .iter()
            .chain(&summary.error_files)
            .chain(&summary.answer_file);
        let files: Vec<String> = files.map(|file| masked(file)).collect();
        body["files"] = json!(files);
    }
    Ok(body)
}

/// A moment on the site's clock.
fn site_time(site: &Site, at: chrono::DateTime<chrono::Utc>) -> impl Display + serde::Serialize {
    let at = at.with_timezone(&site.config.site.timezone);
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
}
