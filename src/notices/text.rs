//! What a mail says: plain text, first the sentence, then counts, codes, files and what to do. Never a value of a record.

use super::line::grouped;
use crate::domain::explanation::explain;
use crate::domain::{Code, RunStatus, RunSummary};
use crate::ledger::{Ledger, NewNotice, Notice, NoticeKind, RunRow};
use crate::site::{Result, Site};
use std::cmp::Reverse;
use std::fmt::Write;

/// Codes that are explained in a mail.
const MOST_CODES: usize = 10;
/// Notices that a digest lists.
const MOST_LISTED: usize = 30;
/// Width of the names in front of counts.
const NAMES: usize = 12;

/// The subject of one notice, or of several about the same integration.
pub(super) fn subject(notices: &[Notice]) -> String {
    match notices {
        [] => String::new(),
        [one] => format!("{}: {}", one.notice.integration, one.notice.line),
        [first, ..] => format!("{}: {}", first.notice.integration, needs_you(notices)),
    }
}

/// `9 files need you (7 Completed with Errors, 2 Held)`.
fn needs_you(notices: &[Notice]) -> String {
    let mut words: Vec<(&str, usize)> = Vec::new();
    for Notice { notice, .. } in notices {
        let word = word(notice);
        match words.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => words.push((word, 1)),
        }
    }
    words.sort_by_key(|(_, count)| Reverse(*count));
    let files = notices.iter().all(|n| n.notice.kind == NoticeKind::Run);
    let what = if files { "files" } else { "notices" };
    let parts: Vec<String> = words
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    format!("{} {what} need you ({})", notices.len(), parts.join(", "))
}

/// The word that counts a notice among others.
pub(super) fn word(notice: &NewNotice) -> &'static str {
    match (notice.status, notice.kind) {
        (Some(status), _) => status.as_str(),
        (None, NoticeKind::Late) => "Late",
        (None, _) => "Trouble",
    }
}

/// The body of a mail about these notices.
pub(super) fn body(site: &Site, ledger: &dyn Ledger, notices: &[Notice]) -> Result<String> {
    let mut out = String::new();
    match notices {
        [one] => single(site, ledger, &one.notice, &mut out)?,
        _ => digest(site, notices, &mut out),
    }
    sign(&mut out);
    Ok(out)
}

/// The last lines of every mail.
pub(super) fn sign(out: &mut String) {
    out.push_str(
        "\n-- \nFeedgate sent this by itself. Who gets it says [contact] in feedgate.toml.\n",
    );
}

fn single(site: &Site, ledger: &dyn Ledger, notice: &NewNotice, out: &mut String) -> Result<()> {
    let _ = writeln!(out, "{}: {}.", notice.integration, notice.line);
    let run = match notice.kind {
        NoticeKind::Run => run_of(ledger, notice)?,
        _ => None,
    };
    let Some(run) = run else {
        if let Some(why) = &notice.why {
            let _ = writeln!(out, "\n{why}");
        }
        let command = command(notice);
        act(
            site,
            out,
            &format!("/integrations/{}", notice.integration),
            &command,
        );
        return Ok(());
    };
    if let Some(summary) = &run.summary {
        counts(summary, out);
        codes(summary, out);
        files(summary, out);
    }
    let reference = &run.reference;
    if let Some(what) = what_to_do(&run) {
        let _ = write!(out, "\n{what}\n");
    }
    act(
        site,
        out,
        &format!("/runs/{reference}"),
        &format!("feedgate show {reference}"),
    );
    Ok(())
}

/// The run of a notice, unless it has gone on since.
pub(super) fn run_of(ledger: &dyn Ledger, notice: &NewNotice) -> Result<Option<RunRow>> {
    let reference = crate::domain::ReferenceId::parse(&notice.about);
    let run = reference
        .map(|reference| ledger.run(&reference))
        .transpose()?;
    Ok(run
        .flatten()
        .filter(|run| Some(run.status) == notice.status))
}

/// The command that shows what a notice is about.
pub(super) fn command(notice: &NewNotice) -> String {
    match notice.kind {
        NoticeKind::Run => format!("feedgate show {}", notice.about),
        _ if notice.integration.contains(' ') || notice.integration == "site" => {
            "feedgate status".to_owned()
        }
        _ => format!("feedgate status {}", notice.integration),
    }
}

fn counts(summary: &RunSummary, out: &mut String) {
    if summary.records_processed == 0 {
        return;
    }
    let _ = writeln!(
        out,
        "\n{}",
        grouped(&format!(
            "Records: {} processed = {} accepted + {} unchanged + {} skipped + {} rejected",
            summary.records_processed,
            summary.records_accepted,
            summary.records_unchanged,
            summary.records_skipped,
            summary.errors
        ))
    );
}

/// The codes with how often they were found, the most frequent first, and how each is fixed.
fn codes(summary: &RunSummary, out: &mut String) {
    let mut codes: Vec<(&String, u64)> = summary
        .findings
        .iter()
        .map(|(code, n)| (code, *n))
        .collect();
    codes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    if codes.is_empty() {
        return;
    }
    out.push_str("\nWhat was found:\n");
    for (code, count) in codes.iter().take(MOST_CODES) {
        let fix = Code::parse(code).map_or("", |code| explain(code).fix);
        let _ = writeln!(
            out,
            "  {} x {code}: {}",
            grouped(&count.to_string()),
            first_sentence(fix)
        );
    }
    if codes.len() > MOST_CODES {
        let _ = writeln!(out, "  and {} more codes", codes.len() - MOST_CODES);
    }
}

/// Only the first sentence: a mail is for knowing what to do, and the pages say the rest.
fn first_sentence(text: &str) -> &str {
    match text.split_once(". ") {
        Some((first, _)) => &text[..=first.len()],
        None => text,
    }
}

fn files(summary: &RunSummary, out: &mut String) {
    let source = summary.source_files.iter().map(|file| ("Source", file));
    let output = summary.output_file.iter().map(|file| ("Output", file));
    let errors = summary.error_files.iter().map(|file| ("Errors", file));
    let answer = summary.answer_file.iter().map(|file| ("Answer", file));
    let all: Vec<_> = source.chain(output).chain(errors).chain(answer).collect();
    if !all.is_empty() {
        out.push_str("\nFiles:\n");
    }
    for (what, file) in all {
        let shown = crate::domain::masking::masked(file);
        let _ = writeln!(out, "  {what:NAMES$}{shown}");
    }
}

/// What a person does next, in sentences.
fn what_to_do(run: &RunRow) -> Option<String> {
    let reference = &run.reference;
    match run.status {
        RunStatus::CompletedWithErrors => Some(format!(
            "Correct the rows of the rejects file and upload it as it is named, or have the sender send them again.\n\
             By hand: feedgate resubmit {reference} --file FILE"
        )),
        RunStatus::Held => Some(format!(
            "Look at the list of what holds the file, then let it go on or refuse it:\n  \
             feedgate release {reference} --why REASON\n  feedgate refuse {reference} --why REASON"
        )),
        RunStatus::Failed => Some(
            "Nothing of the file was taken. Have it sent again once this is mended.".to_owned(),
        ),
        _ => None,
    }
}

/// The link and the command that show more.
fn act(site: &Site, out: &mut String, page: &str, command: &str) {
    out.push('\n');
    if let Some(link) = link(site, page) {
        let _ = writeln!(out, "{link}");
    }
    let _ = writeln!(out, "{command}");
}

/// The address of a page, if the configuration says how pages are reached.
pub(super) fn link(site: &Site, page: &str) -> Option<String> {
    let base = site.config.web.base_url.as_ref()?;
    Some(format!(
        "{}{}",
        base.trim_end_matches('/'),
        page.replace(' ', "%20")
    ))
}

fn digest(site: &Site, notices: &[Notice], out: &mut String) {
    let integration = notices
        .first()
        .map_or("", |first| first.notice.integration.as_str());
    let _ = writeln!(out, "{integration}: {}.\n", needs_you(notices));
    for Notice { notice, .. } in notices.iter().take(MOST_LISTED) {
        let about = match notice.kind {
            NoticeKind::Run => format!("{}  ", notice.about),
            _ => String::new(),
        };
        let _ = writeln!(out, "  {about}{}", notice.line);
    }
    if notices.len() > MOST_LISTED {
        let _ = writeln!(out, "  and {} more", notices.len() - MOST_LISTED);
    }
    let page = format!("/runs?integration={integration}&open=true");
    act(
        site,
        out,
        &page,
        &format!("feedgate runs --integration {integration}"),
    );
}
