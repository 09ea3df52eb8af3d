//! `feedgate files`: what lies in inbound, held, outbound and archive.

use super::table::{printed, table};
use super::{Context, Stop};
use crate::config::{CompleteBy, Config, Folder, Integration, name_patterns};
use crate::domain::ReferenceId;
use crate::domain::file_name;
use crate::domain::file_name::{NameFault, check_name};
use crate::domain::masking::escape_control;
use crate::domain::masking::{masked, shown};
use crate::spool;
use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use globset::GlobSet;
use serde::Serialize;
use std::fs::Metadata;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};
use walkdir::{DirEntry, WalkDir};

/// Arguments of `files`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only of this integration.
    #[arg(long, value_name = "NAME")]
    integration: Option<String>,
    /// Only in this place.
    #[arg(long, value_enum)]
    place: Option<Place>,
    /// At most so many of each place, newest first; --json lists all.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Place {
    Inbound,
    Held,
    Output,
    Errors,
    Receipts,
    Archive,
}

impl Place {
    const fn folder(self) -> Folder {
        match self {
            Place::Inbound => Folder::Inbound,
            Place::Held => Folder::Held,
            Place::Output => Folder::Output,
            Place::Errors => Folder::Errors,
            Place::Receipts => Folder::Receipts,
            Place::Archive => Folder::Archive,
        }
    }
}

/// One file.
#[derive(Debug, Serialize)]
struct Listed {
    integration: String,
    place: &'static str,
    /// Relative to the place, masked.
    name: String,
    /// Bytes; none for what is no plain file.
    size: Option<u64>,
    /// In the site's time zone, to the second.
    modified: Option<String>,
    /// Why it is not taken, if it isn't.
    note: Option<String>,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let config = context.config()?;
    if let Some(name) = &arguments.integration
        && config.integration(name).is_none()
    {
        let known: Vec<&str> = config.integrations.iter().map(|i| &*i.name).collect();
        return Err(Stop::usage(format!(
            "there is no integration {}; the configuration has {}",
            escape_control(name),
            known.join(", ")
        )));
    }
    let mut places = Vec::new();
    for integration in &config.integrations {
        let wanted = |name: &String| *name == integration.name;
        if !arguments.integration.as_ref().is_none_or(wanted) {
            continue;
        }
        for place in Place::value_variants() {
            if arguments.place.is_none_or(|p| p == *place) {
                places.push(list(&config, integration, place.folder())?);
            }
        }
    }
    if context.json {
        let all: Vec<Listed> = places.into_iter().flatten().collect();
        context.out.json(&all)?;
    } else {
        print(places, arguments.limit, context)?;
    }
    Ok(0)
}

/// The files of one place, newest first.
fn list(config: &Config, integration: &Integration, place: Folder) -> Result<Vec<Listed>, Stop> {
    let folder = config.folder(integration, place);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let refused = if place == Folder::Inbound {
        spool::scan(&folder).map_err(Stop::failed)?.refused
    } else {
        Vec::new()
    };
    let zone = config.site.timezone;
    let taken = name_patterns(integration.files.iter().chain(&integration.test_files));
    let mut found = Vec::new();
    let deep = if place == Folder::Inbound { 1 } else { 8 };
    for entry in WalkDir::new(&folder).min_depth(1).max_depth(deep) {
        let entry = match entry {
            Ok(entry) => entry,
            // Taken by its receiver, or archived, since the folder was read.
            Err(e) if e.io_error().is_some_and(is_gone) => continue,
            Err(e) => return Err(Stop::failed(e)),
        };
        if entry.file_type().is_dir() && place != Folder::Inbound {
            continue;
        }
        let about = entry.metadata().ok();
        let modified = about.as_ref().and_then(|a| a.modified().ok());
        let name = if place == Folder::Inbound {
            file_name::kept_name(entry.file_name())
        } else {
            shown(entry.path().strip_prefix(&folder).unwrap_or(entry.path()))
        };
        let note = match place {
            Folder::Inbound => match refused.iter().find(|r| r.name == name) {
                Some(refused) => Some(format!("not taken: {}", refused.why)),
                None => marker_of(integration, entry.path())
                    .or_else(|| abandoned(&entry, about.as_ref(), zone))
                    .or_else(|| waits_for(entry.file_name().as_ref(), &taken)),
            },
            _ => None,
        };
        let size = about.filter(std::fs::Metadata::is_file).map(|a| a.len());
        found.push((modified, name, size, note));
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let listed = found
        .into_iter()
        .map(|(modified, name, size, note)| Listed {
            integration: integration.name.clone(),
            place: place.as_str(),
            name,
            size,
            modified: modified.map(|m| moment(m, zone)),
            note,
        });
    Ok(listed.collect())
}

fn is_gone(e: &std::io::Error) -> bool {
    e.kind() == std::io::ErrorKind::NotFound
}

/// What a file with the ending of marker files marks, where the integration has them.
fn marker_of(integration: &Integration, path: &Path) -> Option<String> {
    let complete = &integration.complete;
    let name = path.file_name()?.to_str()?;
    let marked = name.strip_suffix(complete.marker.as_str())?;
    if complete.by != CompleteBy::Marker || marked.is_empty() {
        return None;
    }
    let shown = masked(marked);
    Some(match path.with_file_name(marked).exists() {
        true => format!("marker of {shown}"),
        false => format!("marker of {shown}, which is not there; upload the file, or remove it"),
    })
}

/// Of a file under the name of an upload that goes on: since when it does not.
fn abandoned(entry: &DirEntry, about: Option<&Metadata>, zone: Tz) -> Option<String> {
    const LONG: Duration = Duration::from_secs(86_400);
    if check_name(entry.file_name()) != Err(NameFault::StillUploading) {
        return None;
    }
    let unknown = "still being uploaded".to_owned();
    // Unlike the time of its last change, its sender can't set this one.
    let changed = about.and_then(|a| u64::try_from(a.ctime()).ok());
    let Some(changed) = changed.map(|s| SystemTime::UNIX_EPOCH + Duration::from_secs(s)) else {
        return Some(unknown);
    };
    let since = moment(changed, zone);
    let since = since.get(..16).unwrap_or(&since).replace('T', " ");
    let long = changed.elapsed().is_ok_and(|age| age >= LONG);
    let more = if long { "; perhaps abandoned" } else { "" };
    Some(format!("{unknown}; unchanged since {since}{more}"))
}

/// Why a plain file is not taken, or will fail.
fn waits_for(name: &Path, taken: &GlobSet) -> Option<String> {
    let checked = check_name(name);
    // Corrections are taken under any name.
    let corrects = |name: &str| ReferenceId::find_in(name).is_some();
    match checked {
        _ if !taken.is_match(name) && !checked.is_ok_and(corrects) => {
            Some("not taken: its name matches none of `files`".to_owned())
        }
        Err(fault) => Some(format!("its run will end Failed: its name {fault}")),
        Ok(_) => None,
    }
}

fn moment(time: SystemTime, zone: Tz) -> String {
    DateTime::<chrono::Utc>::from(time)
        .with_timezone(&zone)
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn print(places: Vec<Vec<Listed>>, limit: usize, context: &mut Context<'_>) -> Result<(), Stop> {
    let out = &mut *context.out;
    let mut empty = true;
    for files in places {
        let Some(first) = files.first() else {
            continue;
        };
        if !empty {
            writeln!(out)?;
        }
        empty = false;
        let headings = [
            format!("{} {}", first.integration, first.place),
            "bytes".to_owned(),
            "modified".to_owned(),
            String::new(),
        ];
        let mut rows = table(&headings.each_ref().map(|h| h.as_str()), &[1]);
        for file in files.iter().take(limit) {
            let modified = file.modified.as_deref().unwrap_or_default();
            rows.add_row([
                format!("  {}", escape_control(&masked(&file.name))),
                file.size.map_or_else(String::new, |s| s.to_string()),
                modified.get(..16).unwrap_or(modified).replace('T', " "),
                file.note.clone().unwrap_or_default(),
            ]);
        }
        write!(out, "{}", printed(&mut rows))?;
        if files.len() > limit {
            writeln!(out, "  … and {} more", files.len() - limit)?;
        }
    }
    if empty {
        writeln!(out, "No files.")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{list, print};
    use crate::cli::context::Context;
    use crate::cli::out::tests::Printed;
    use crate::config::{Folder, parse, template};
    use std::fs;

    #[test]
    fn names_masked_and_reasons_given() {
        let folder = tempfile::tempdir().expect("folder");
        let config = parse(template(), &folder.path().join("feedgate.toml")).expect("template");
        let integration = &config.integrations[0];
        let inbound = config.folder(integration, Folder::Inbound);
        fs::create_dir_all(inbound.join("sub.csv")).expect("folder");
        for name in [
            "doe 880-12-3456.csv",
            "-x.csv",
            "-x",
            "hr.csv.part",
            "hr.doc",
        ] {
            fs::write(inbound.join(name), "12").expect("file");
        }
        let held = config.folder(integration, Folder::Held);
        fs::create_dir_all(held.join("20261120-000001")).expect("folder");
        fs::write(held.join("20261120-000001/hr.csv"), "").expect("file");
        let places: Vec<_> = [Folder::Inbound, Folder::Held, Folder::Archive]
            .map(|place| list(&config, integration, place).expect("listed"))
            .into();
        let printed = Printed::default();
        let mut out = printed.out();
        let mut context = Context::new("x".into(), false, &mut out);
        print(places, 9, &mut context).expect("printed");
        let text = printed.text();
        for words in [
            "doe xxx-xx-3456.csv",
            "still being uploaded; unchanged since 20",
            "will end Failed: its name begins with a dash",
            "matches none of",
            "it is a folder",
            "20261120-000001/hr.csv",
        ] {
            let flat: Vec<&str> = text.split_whitespace().collect();
            let flat = flat.join(" ");
            assert!(
                flat.contains(words) || text.contains(words),
                "{words}\n{text}"
            );
        }
        assert!(!text.contains("880-12"), "{text}");
    }

    #[test]
    fn markers_are_told_from_files_that_are_not_taken() {
        let folder = tempfile::tempdir().expect("folder");
        let title = "[integration.demographic-export]\n";
        let keys = format!("{title}complete = {{ by = \"marker\", marker = \".ok\" }}\n");
        let text = template().replace(title, &keys);
        let config = parse(&text, &folder.path().join("feedgate.toml")).expect("template");
        let integration = &config.integrations[0];
        let inbound = config.folder(integration, Folder::Inbound);
        fs::create_dir_all(&inbound).expect("folder");
        for name in ["hr.csv", "hr.csv.ok", "gone.csv.ok", "hr.doc"] {
            fs::write(inbound.join(name), "").expect("file");
        }
        let listed = list(&config, integration, Folder::Inbound).expect("listed");
        let note = |name: &str| listed.iter().find(|l| l.name == name)?.note.as_deref();
        assert_eq!(note("hr.csv"), None);
        assert_eq!(note("hr.csv.ok"), Some("marker of hr.csv"));
        let orphan = note("gone.csv.ok").expect("a note");
        assert!(
            orphan.starts_with("marker of gone.csv, which is not there"),
            "{orphan}"
        );
        assert!(note("hr.doc").is_some_and(|n| n.starts_with("not taken")));
    }
}
