//! Every link of a page leads somewhere: to a file that is there, and to a heading that it has.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn read(page: &Path) -> String {
    std::fs::read_to_string(page).unwrap_or_else(|e| panic!("{}: {e}", page.display()))
}

/// The lines of a page without its examples.
fn prose(text: &str) -> Vec<&str> {
    let mut code = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            lines.push(line);
        }
    }
    lines
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = read(page);
    let headings = prose(&text).into_iter().filter(|l| l.starts_with('#'));
    let kept = |c: &char| c.is_alphanumeric() || "-_ ".contains(*c);
    headings
        .map(|line| line.trim_start_matches('#').trim().to_lowercase())
        .map(|title| title.chars().filter(kept).collect::<String>())
        .map(|title| title.replace(' ', "-"))
        .collect()
}

/// Where the links and pictures of a page lead, without those to other sites.
fn targets(text: &str) -> Vec<String> {
    let text = prose(text).join("\n");
    let links = text.split("](").skip(1);
    let target = |rest: &str| rest.split(')').next().unwrap_or_default().to_owned();
    links
        .map(target)
        .filter(|t| !t.starts_with("http") && !t.contains(char::is_whitespace))
        .collect()
}

#[test]
fn every_link_of_the_pages_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).expect("docs");
    let mut pages: Vec<PathBuf> = docs.map(|entry| entry.expect("a page").path()).collect();
    pages.retain(|page| page.extension().is_some_and(|e| e == "md"));
    pages.extend(["README.md", "CHANGELOG.md", "fixtures/demo/README.md"].map(|p| root.join(p)));
    let mut followed = 0;
    for page in &pages {
        for target in targets(&read(page)) {
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let to = match file {
                "" => page.clone(),
                file => page.parent().expect("a folder").join(file),
            };
            let from = page.display();
            assert!(to.exists(), "{from}: {target}");
            let there = anchor.is_empty() || anchors(&to).contains(anchor);
            assert!(there, "{from}: {target} has no such heading");
            followed += 1;
        }
    }
    assert!(followed > 200, "{followed}");
}

#[test]
fn every_page_stands_in_the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = read(&root.join("README.md"));
    let docs = std::fs::read_dir(root.join("docs")).expect("docs");
    for entry in docs {
        let entry = entry.expect("a page");
        // A folder has the pictures of pages.
        if entry.path().is_dir() {
            continue;
        }
        let name = entry.file_name();
        let link = format!("](docs/{})", name.to_string_lossy());
        assert!(readme.contains(&link), "{link}");
    }
}
