//! Every command of the program that a page shows can be typed.

use super::fences::shown;
use std::path::Path;

/// A command of the page as words, without what a shell does behind it.
fn words(command: &str) -> Vec<String> {
    let parts = command.split('"').enumerate();
    let words = parts.flat_map(|(n, part)| match n % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    words
        .take_while(|word| !["|", ">", "&&", "#"].contains(&&**word))
        .collect()
}

#[test]
fn every_command_of_the_pages_can_be_read() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut pages = vec!["../README.md".to_owned()];
    for entry in std::fs::read_dir(docs).expect("docs") {
        let name = entry.expect("a page").file_name();
        let name = name.into_string().expect("UTF-8");
        if name.ends_with(".md") {
            pages.push(name);
        }
    }
    let mut read = 0;
    for page in pages {
        for step in shown(&page) {
            let command = step.command.strip_prefix("sudo -u feedgate ");
            let command = command.unwrap_or(&step.command);
            let words = words(&command.replace("$(date +%F)", "2026-11-30"));
            if words[0] != "feedgate" {
                continue;
            }
            let line: Vec<_> = words.into_iter().map(Into::into).collect();
            let mistakes = feedgate::cli::mistakes(&line);
            assert_eq!(mistakes, None, "{page}: {}", step.command);
            read += 1;
        }
    }
    assert!(read > 80, "{read}");
}
