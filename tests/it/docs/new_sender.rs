//! The examples of `docs/new-sender.md` are configurations that `check` takes.

use crate::scenario::Scenario;

const START: &str = "[site]\ntimezone = \"America/New_York\"\n\
    [[plan_year]]\nstart = 2026-01-01\nend = 2026-12-31\n";

/// The texts of the blocks of TOML, without the indentation of lists.
fn examples(page: &str) -> Vec<String> {
    let mut blocks = page.split("```toml\n").skip(1);
    let text = |block: &str| {
        let (text, _) = block.split_once("```").expect("its end");
        text.lines()
            .map(|l| l.trim_start().to_owned() + "\n")
            .collect()
    };
    blocks.by_ref().map(text).collect()
}

#[test]
fn every_example_passes_the_check() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/new-sender.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let examples = examples(&page);
    assert!(examples.len() > 10);
    for example in examples {
        let mut config = START.to_owned();
        if !example.contains("\nkind = ") {
            config += "[integration.acme-hr]\nkind = \"demographic\"\n";
        }
        // A layout of deductions is an example of its own.
        if example.contains("acme-ded") {
            config += "[integration.acme-ded]\nkind = \"deduction\"\n";
        }
        let checked = Scenario::new()
            .config(&(config + &example))
            .feedgate(&["check"]);
        assert_eq!(checked.code, 0, "{example}\n{checked:?}");
    }
}
