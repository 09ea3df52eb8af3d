//! Which file imports which.

use super::none;
use super::sources::{Source, sources};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// Files that import each other, as paths of modules, with the reason.
const CIRCLES: [(&[&str], &str); 2] = [
    (
        &["cli/arguments", "cli/generate"],
        "the man page is made from the whole definition, of which its command is a part",
    ),
    (
        &["process/kind", "process/record"],
        "a kind of record has functions on records, and a record is of a kind",
    ),
];

/// A path of names, such as `["crate", "domain", "Ssn"]`.
type Names = Vec<String>;

/// The paths that a use tree begins with at the start of the text: `a::{b, c::d}` are two.
fn paths(text: &str) -> Vec<Names> {
    tree(&mut text.trim_start())
}

fn tree(text: &mut &str) -> Vec<Names> {
    let mut path = Names::new();
    loop {
        *text = text.trim_start();
        if let Some(inside) = text.strip_prefix('{') {
            *text = inside;
            return braces(text, &path);
        }
        let name = |c: char| !(c.is_alphanumeric() || c == '_');
        let length = text.find(name).unwrap_or(text.len());
        if length == 0 {
            break;
        }
        path.push(text[..length].to_owned());
        *text = text[length..].trim_start();
        match text.strip_prefix("::") {
            Some(rest) => *text = rest,
            None => break,
        }
    }
    // What an import is called here.
    if let Some(alias) = text.strip_prefix("as ") {
        let end = alias.find([',', '}', ';']).unwrap_or(alias.len());
        *text = &alias[end..];
    }
    if path.is_empty() {
        Vec::new()
    } else {
        vec![path]
    }
}

fn braces(text: &mut &str, path: &Names) -> Vec<Names> {
    let mut all = Vec::new();
    loop {
        *text = text.trim_start();
        match text.chars().next() {
            None => return all,
            Some('}') => {
                *text = &text[1..];
                return all;
            }
            Some(_) => {
                let before = text.len();
                let found = tree(text);
                all.extend(found.into_iter().map(|p| [path.as_slice(), &p].concat()));
                if text.len() == before {
                    // A comma, a star.
                    let next = text.chars().next().map_or(1, char::len_utf8);
                    *text = &text[next..];
                }
            }
        }
    }
}

/// The top-level modules that code reaches through `crate::`.
pub(super) fn reached(code: &str) -> Vec<String> {
    let starts = code
        .match_indices("crate::")
        .map(|(at, start)| &code[at + start.len()..]);
    let firsts = starts
        .flat_map(paths)
        .filter_map(|path| path.into_iter().next());
    let mut all: Vec<String> = firsts.collect();
    all.dedup();
    all
}

/// The files of the crate as modules, and who imports whom.
struct Graph {
    modules: BTreeMap<Names, Source>,
    /// What a module re-exports: where the name is declared.
    exports: BTreeMap<(Names, String), Names>,
    edges: BTreeMap<Names, BTreeSet<Names>>,
}

impl Graph {
    fn of(sources: Vec<Source>) -> Graph {
        let modules = sources.into_iter().map(|source| {
            let name = source.name();
            let parts = name.trim_end_matches(".rs").split('/');
            let parts = parts.filter(|part| !["mod", "lib"].contains(part));
            (parts.map(str::to_owned).collect(), source)
        });
        let mut graph = Graph {
            modules: modules.collect(),
            exports: BTreeMap::new(),
            edges: BTreeMap::new(),
        };
        let export = Regex::new(r"(?m)^\s*pub(?:\([^)]*\))? use ([^;]*);").expect("a form");
        let mut exports = BTreeMap::new();
        for (module, source) in &graph.modules {
            for found in export.captures_iter(&source.code) {
                for path in paths(&found[1]) {
                    let name = path.last().cloned().unwrap_or_default();
                    if let Some(path) = graph.absolute(module, &path) {
                        exports.insert((module.clone(), name), path);
                    }
                }
            }
        }
        graph.exports = exports;
        let start = Regex::new(r"\b(?:crate|self|super)::").expect("a form");
        let mut edges = BTreeMap::new();
        for (module, source) in &graph.modules {
            // What a module only passes on, it doesn't need.
            let code = export.replace_all(&source.code, "");
            let found = start.find_iter(&code).filter(|found| {
                let before = code[..found.start()].trim_end();
                !before.ends_with("::") && !before.ends_with("pub(in")
            });
            let found = found.flat_map(|found| paths(&code[found.start()..]));
            let found = found.filter_map(|path| graph.absolute(module, &path));
            let found = found.map(|path| graph.home(&path, 0));
            let found = found.filter(|home| home != module && !home.is_empty());
            edges.insert(module.clone(), found.collect::<BTreeSet<Names>>());
        }
        graph.edges = edges;
        graph
    }

    /// A path from the crate's root.
    fn absolute(&self, module: &Names, path: &[String]) -> Option<Names> {
        let first = path.first()?;
        match first.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([module.as_slice(), &path[1..]].concat()),
            "super" => {
                let up = path.iter().take_while(|p| *p == "super").count();
                let above = module.len().checked_sub(up)?;
                Some([&module[..above], &path[up..]].concat())
            }
            _ => {
                let child = [module.as_slice(), std::slice::from_ref(first)].concat();
                self.modules
                    .contains_key(&child)
                    .then(|| [module.as_slice(), path].concat())
            }
        }
    }

    /// The module that declares what a path names.
    fn home(&self, path: &[String], depth: u8) -> Names {
        let mut length = path.len();
        while length > 0 && !self.modules.contains_key(&path[..length]) {
            length -= 1;
        }
        let module = path[..length].to_vec();
        let export = path
            .get(length)
            .and_then(|name| self.exports.get(&(module.clone(), name.clone())));
        match export {
            Some(export) if depth < 5 => self.home(
                &[export.as_slice(), &path[length + 1..]].concat(),
                depth + 1,
            ),
            _ => module,
        }
    }

    /// Everything that a module needs, directly or not.
    fn needs(&self, module: &Names) -> BTreeSet<Names> {
        let (mut all, mut open) = (BTreeSet::new(), vec![module.clone()]);
        while let Some(next) = open.pop() {
            for needed in self.edges.get(&next).into_iter().flatten() {
                if all.insert(needed.clone()) {
                    open.push(needed.clone());
                }
            }
        }
        all
    }

    /// Groups of modules that need each other.
    fn circles(&self) -> Vec<Vec<String>> {
        let needs: BTreeMap<&Names, BTreeSet<Names>> = self
            .modules
            .keys()
            .map(|module| (module, self.needs(module)))
            .collect();
        let mut found = BTreeSet::new();
        for (module, needed) in &needs {
            let circle: Vec<String> = needed
                .iter()
                .filter(|other| needs.get(other).is_some_and(|n| n.contains(*module)))
                .map(|other| other.join("/"))
                .collect();
            if circle.len() > 1 {
                found.insert(circle);
            }
        }
        found.into_iter().collect()
    }
}

#[test]
fn files_do_not_import_each_other_in_circles() {
    let found = Graph::of(sources()).circles();
    let listed = |circle: &Vec<String>| CIRCLES.iter().any(|(listed, _)| circle == listed);
    let unlisted = found.iter().filter(|circle| !listed(circle));
    none(unlisted.map(|circle| circle.join(", ")).collect());
    for (circle, why) in CIRCLES {
        assert!(
            found.iter().any(|f| f == circle),
            "no longer a circle: {circle:?} ({why})"
        );
    }
}

#[test]
fn use_trees_are_read_as_paths() {
    let read = |text| -> Vec<String> { paths(text).iter().map(|p| p.join("::")).collect() };
    assert_eq!(
        read("crate::{a::{self, b as c}, d::*, e}; f::g"),
        ["crate::a::self", "crate::a::b", "crate::d", "crate::e"]
    );
}
