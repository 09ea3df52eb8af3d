//! Answering files whose names no pattern takes: each gets one receipt and one event, and stays where it is. One whose name
//! says that it holds corrections gets an answer that people read as well.
//!
//! The receipt is finished in a hidden folder of the work folder before the ledger has the event, together with a mark
//! of the file. A draft without its mark is written again; one with its mark is published by the next run. So a process
//! that is killed leaves neither two receipts nor none.

use super::correction_answer;
use super::drafts::{self, to_send};
use super::execution::step;
use super::publications::receipt_bytes;
use super::result::end_date;
use super::{SourceContent, stem_and_extension};
use crate::config::{Folder, Integration};
use crate::domain::keyed_hash::HashedType;
use crate::domain::masking::masked;
use crate::domain::parameters::GivenParameters;
use crate::domain::summary::RunHead;
use crate::domain::{
    Code, Finding, Published, ReferenceId, RunStatus, RunSummary, Severity, file_name,
};
use crate::format::foreign::{Foreign, recognize};
use crate::intake::{OTHER_NAME, named_run};
use crate::ledger::{Event, EventAction, Publication};
use crate::site::{IntegrationContext, Observer, Result, RunError, Site};
use crate::spool::{self, PendingSync, Waiting};
use chrono::TimeDelta;
use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// How many files are answered in one transaction.
const AT_ONCE: usize = 100;
/// How many bytes of a file are looked at, to say what it is.
const HEAD: u64 = 8 << 10;
/// How long a file that is gone is remembered: its folder may only be unmounted for a while.
const REMEMBERED: TimeDelta = TimeDelta::days(30);
/// What is published ends in these, and where it goes.
const ENDINGS: [(&str, Folder); 2] = [
    (".receipt.json", Folder::Receipts),
    (".answer.txt", Folder::Errors),
];
/// The letters that name a file in its receipt: no vowels, so that they make no words, and no digits, so that they are
/// never masked.
const LETTERS: &[u8; 20] = b"bcdfghjkmnpqrstvwxyz";
/// The number of these letters.
const LENGTH: usize = 10;

/// Answers those of these files that were not answered before.
pub(crate) fn answer_other_names(
    context: &mut IntegrationContext<'_>,
    files: &[Waiting],
    observer: &dyn Observer,
) -> Result<()> {
    publish_drafts(context)?;
    if files.is_empty() {
        return Ok(());
    }
    let answered = Marks::answered(context.integration);
    let known = answered.all(context)?;
    let files: Vec<(String, &Waiting)> = files.iter().map(|f| (letters(context, f), f)).collect();
    let new: Vec<_> = files
        .iter()
        .filter(|(letters, file)| {
            !known.contains(&answered.of(letters)) && spool::still_waits(file)
        })
        .collect();
    for some in new.chunks(AT_ONCE) {
        if observer.is_cancelled() {
            return Err(RunError::Cancelled);
        }
        let mut unsynced = PendingSync::default();
        let drafts = drafts(context);
        spool::make_staging(&context.site.disk, &drafts)?;
        let mut written = Vec::new();
        let mut marks = Vec::new();
        for (letters, file) in some {
            written.push(Draft::write(
                context,
                letters,
                file,
                &drafts,
                &mut unsynced,
            )?);
            marks.push(answered.of(letters));
        }
        let events: Vec<Event> = written.iter().map(|draft| draft.event.clone()).collect();
        let written: Vec<_> = written.into_iter().map(|draft| draft.publication).collect();
        let receipts = to_send(context, &written)?;
        unsynced.folder(&drafts);
        let durable = unsynced.sync_many(&context.site.disk);
        durable.map_err(RunError::io("making receipts durable"))?;
        step(context.site, "ledger: names not taken")?;
        let now = context.site.now().to_utc();
        let ledger = &mut context.ledger;
        ledger.record_events_and_marks(&events, &marks, now, &receipts)?;
        publish_drafts(context)?;
    }
    if !new.is_empty() {
        let here = files.iter().map(|(letters, _)| letters.as_str()).collect();
        forget_old(context, &here)?;
    }
    Ok(())
}

/// How many of these files no command has told of before; from now on one has.
pub(crate) fn first_told(context: &mut IntegrationContext<'_>, files: &[Waiting]) -> Result<usize> {
    if files.is_empty() {
        return Ok(0);
    }
    let told = Marks::told(context.integration);
    let known = told.all(context)?;
    let marks = files.iter().map(|file| told.of(&letters(context, file)));
    let new: Vec<String> = marks.filter(|mark| !known.contains(mark)).collect();
    if !new.is_empty() {
        let now = context.site.now().to_utc();
        let ledger = &mut context.ledger;
        ledger.record_events_and_marks(&[], &new, now, &[])?;
    }
    Ok(new.len())
}

/// Whether a process that was killed left receipts to publish.
pub(crate) fn has_drafts(site: &Site, integration: &str) -> bool {
    drafts_in(&site.config.work(), integration).is_dir()
}

/// Marks of the ledger, one for each file of an integration.
struct Marks {
    prefix: String,
}

impl Marks {
    /// Of files that have their receipt and event.
    fn answered(integration: &Integration) -> Marks {
        Marks {
            prefix: format!("name-not-taken.{}.", integration.name),
        }
    }

    /// Of files that a command has told of.
    fn told(integration: &Integration) -> Marks {
        Marks {
            prefix: format!("name-not-taken-told.{}.", integration.name),
        }
    }

    fn of(&self, letters: &str) -> String {
        format!("{}{letters}", self.prefix)
    }

    fn all(&self, context: &IntegrationContext<'_>) -> Result<HashSet<String>> {
        let all = context.ledger.marks()?.into_iter().map(|(name, _)| name);
        Ok(all.filter(|name| name.starts_with(&self.prefix)).collect())
    }
}

/// The letters that stand for a file as it is now. After a change or under another name it is another one.
fn letters(context: &IntegrationContext<'_>, file: &Waiting) -> String {
    let mut hasher = context.key.hasher(HashedType::FileName);
    hasher.part(context.integration.name.as_bytes());
    for part in file.identity().parts() {
        hasher.part(&part);
    }
    let mut rest = hasher.finish();
    let mut out = String::with_capacity(LENGTH);
    for _ in 0..LENGTH {
        let count = LETTERS.len() as u64;
        let place = usize::try_from(rest % count).unwrap_or_default();
        out.push(char::from(LETTERS[place]));
        rest /= count;
    }
    out
}

fn drafts(context: &IntegrationContext<'_>) -> PathBuf {
    drafts_in(&context.site.config.work(), &context.integration.name)
}

fn drafts_in(work: &Path, integration: &str) -> PathBuf {
    work.join(format!(".not-taken-{integration}"))
}

/// A receipt that is written, perhaps with an answer, and the event that goes with it.
struct Draft {
    publication: (ReferenceId, Vec<Publication>),
    event: Event,
}

/// The files that are published for one of this name: its receipt and, if it seems to correct a run, its answer.
fn publications(
    context: &IntegrationContext<'_>,
    reference: &ReferenceId,
    name: &str,
    corrected: Option<&ReferenceId>,
    drafts: &Path,
) -> Vec<Publication> {
    let publication = |what: Published, folder: Folder, corrected: Option<&ReferenceId>| {
        let (stem, extension) = stem_and_extension(corrected, name);
        let name = file_name::published(&stem, reference, what.as_str(), &extension);
        Publication {
            what,
            from: drafts.join(&name),
            to: context.folder(folder).join(&name),
            replace: true,
            done_marker: false,
        }
    };
    let receipt = publication(Published::Receipt, Folder::Receipts, None);
    let answer = corrected.map(|_| publication(Published::Answer, Folder::Errors, corrected));
    std::iter::once(receipt).chain(answer).collect()
}

impl Draft {
    /// Writes the receipt of a file among the drafts, under the name it will have.
    fn write(
        context: &IntegrationContext<'_>,
        letters: &str,
        file: &Waiting,
        drafts: &Path,
        unsynced: &mut PendingSync,
    ) -> Result<Draft> {
        let (site, integration) = (context.site, context.integration);
        let reference = ReferenceId::of_file_not_taken(site.today(), letters);
        let named = named_run(integration, &*context.ledger, &file.name)?;
        let named = named.and_then(|named| Some((named.reference, named.run?.status)));
        let corrected = named.as_ref().map(|(run, _)| run);
        let publications = publications(context, &reference, &file.name, corrected, drafts);
        let summary = summary(context, reference.clone(), file);
        let found = [Finding {
            code: Code::NameNotTaken,
            field: "".into(),
            line: 0,
            record: 0,
            severity: Severity::Error,
        }];
        let content = SourceContent {
            size: file.size,
            findings: &found,
            ..SourceContent::default()
        };
        let mut bytes = vec![receipt_bytes(
            site,
            &summary,
            &content,
            &publications,
            false,
        )?];
        if let Some((run, status)) = named {
            let why = summary.reason.as_deref().unwrap_or_default();
            let answer = correction_answer::not_read(&masked(&file.name), &run, status, why);
            bytes.push(answer.into_bytes());
        }
        for (publication, bytes) in publications.iter().zip(bytes) {
            let written = site.disk.create_file(&publication.from);
            let written = written.and_then(|mut open| open.write_all(&bytes).map(|()| open));
            unsynced.file(written.map_err(RunError::io("writing a receipt"))?);
        }
        let name = publications[0].to.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let (file, code) = (masked(&file.name), Code::NameNotTaken);
        Ok(Draft {
            publication: (reference, publications),
            event: Event {
                at: site.now(),
                user: site.user().to_owned(),
                action: EventAction::NotTaken,
                subject: integration.name.clone(),
                why: Some(format!("{file}: {code}: {OTHER_NAME}; receipt {name}")),
            },
        })
    }
}

/// What a receipt says of a file that no run took: Failed, and nothing counted.
fn summary(context: &IntegrationContext<'_>, reference: ReferenceId, file: &Waiting) -> RunSummary {
    let (site, integration) = (context.site, context.integration);
    let mut summary = RunSummary::fresh(RunHead {
        run_name: integration.name.clone(),
        process_name: None,
        integration: integration.name.clone(),
        reference,
        user: site.user().to_owned(),
        kind: integration.kind,
        start: site.now(),
        parameters: GivenParameters::default()
            .or(&integration.parameters)
            .complete(),
        source_name: Some(masked(&file.name)),
        resubmission_of: None,
        rerun_of: None,
        test: false,
        configuration_fingerprint: site.config.fingerprint.clone(),
    });
    let format = format_of(file);
    summary.status = RunStatus::Failed;
    summary.end_date = Some(end_date(site));
    summary.reason = Some(reason(integration, format));
    let codes = [Some(Code::NameNotTaken), format.map(|_| Code::FileBinary)];
    for code in codes.into_iter().flatten() {
        summary.findings.insert(code.as_str().to_owned(), 1);
    }
    summary
}

fn reason(integration: &Integration, format: Option<Foreign>) -> String {
    let patterns = integration.files.iter().chain(&integration.test_files);
    let patterns: Vec<&str> = patterns.map(String::as_str).collect();
    let patterns = patterns.join(", ");
    let instead = match format {
        Some(format) => format.to_string(),
        None => "send it again under such a name".to_owned(),
    };
    let code = Code::NameNotTaken;
    format!(
        "{code}: files of this name are not taken here, but those of {patterns} are; nothing of it was read; {instead}"
    )
}

/// What the first bytes of a file show it to be, if that is not text and the file can be read.
fn format_of(file: &Waiting) -> Option<Foreign> {
    let open = spool::open_waiting(&file.path).ok()?;
    let mut head = Vec::new();
    open.take(HEAD).read_to_end(&mut head).ok()?;
    recognize(&head)
}

/// Publishes the drafts whose marks the ledger has and removes the others, which are written again.
fn publish_drafts(context: &mut IntegrationContext<'_>) -> Result<()> {
    let drafts = drafts(context);
    let answered = Marks::answered(context.integration);
    drafts::publish(context, &drafts, |ledger, name| {
        for (ending, folder) in ENDINGS {
            let letters = name.strip_suffix(ending);
            if let Some(letters) = letters.and_then(|name| name.rsplit('-').next()) {
                let known = ledger.mark(&answered.of(letters))?.is_some();
                return Ok(known.then_some(folder));
            }
        }
        Ok(None)
    })
}

/// Forgets files that have long been gone.
fn forget_old(context: &mut IntegrationContext<'_>, here: &HashSet<&str>) -> Result<()> {
    let kinds = [
        Marks::answered(context.integration),
        Marks::told(context.integration),
    ];
    let now = context.site.now().to_utc();
    for (name, at) in context.ledger.marks()? {
        let gone = kinds.iter().any(|marks| {
            let letters = name.strip_prefix(&marks.prefix);
            letters.is_some_and(|letters| !here.contains(letters))
        });
        if gone && now - at > REMEMBERED {
            context.ledger.remove_mark(&name)?;
        }
    }
    Ok(())
}
