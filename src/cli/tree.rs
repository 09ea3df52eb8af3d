//! A folder as a tree.

use crate::domain::masking::{escape_control, masked};
use std::path::Path;
use walkdir::WalkDir;

/// A folder's entries below each other, by name; empty folders are left out.
pub(super) fn tree(folder: &Path) -> Result<String, walkdir::Error> {
    let mut text = format!("{}\n", escape_control(&masked(&folder.to_string_lossy())));
    let mut paths = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1).sort_by_file_name() {
        let entry = entry?;
        if !entry.file_type().is_dir() {
            let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            let parts: Vec<String> = below
                .iter()
                .map(|part| escape_control(&masked(&part.to_string_lossy())))
                .collect();
            paths.push(parts);
        }
    }
    let all: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
    branches(&all, "", &mut text);
    Ok(text)
}

fn branches(paths: &[&[String]], indent: &str, text: &mut String) {
    let mut groups = paths.chunk_by(|a, b| a[0] == b[0]).peekable();
    while let Some(group) = groups.next() {
        let (branch, below) = match groups.peek() {
            Some(_) => ("├── ", "│   "),
            None => ("└── ", "    "),
        };
        let mut name = group[0][0].clone();
        let mut inside: Vec<&[String]> = group
            .iter()
            .map(|path| &path[1..])
            .filter(|rest| !rest.is_empty())
            .collect();
        // A folder with a single entry is printed on one line with it.
        while let [first, rest @ ..] = &inside[..] {
            if rest.iter().any(|r| r[0] != first[0]) {
                break;
            }
            name = format!("{name}/{}", first[0]);
            inside = inside
                .iter()
                .map(|path| &path[1..])
                .filter(|rest| !rest.is_empty())
                .collect();
        }
        let slash = if inside.is_empty() { "" } else { "/" };
        text.push_str(&format!("{indent}{branch}{name}{slash}\n"));
        branches(&inside, &format!("{indent}{below}"), text);
    }
}

#[cfg(test)]
mod tests {
    use super::tree;
    use std::fs;

    #[test]
    fn entries_by_name_chains_in_one_line_ssns_masked() {
        let folder = tempfile::tempdir().expect("folder");
        for file in [
            "b/c/x.csv",
            "b/c/y.csv",
            "a/1.csv",
            "a/d/880-12-3456.csv",
            "z",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            fs::write(path, "").expect("file");
        }
        fs::create_dir(folder.path().join("empty")).expect("folder");
        let text = tree(folder.path()).expect("tree");
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let expected = [
            "├── a/",
            "│   ├── 1.csv",
            "│   └── d/xxx-xx-3456.csv",
            "├── b/c/",
            "│   ├── x.csv",
            "│   └── y.csv",
            "└── z",
        ];
        assert_eq!(lines, expected);
    }
}
