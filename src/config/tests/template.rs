//! The configuration that `init` writes.

use crate::config::{Config, parse, template};
use std::path::Path;

fn load(text: &str) -> Config {
    parse(text, Path::new("/site/feedgate.toml")).unwrap_or_else(|mistakes| {
        let all: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        panic!("{}", all.join("\n"))
    })
}

#[test]
fn the_template_loads() {
    let config = load(template());
    let names: Vec<&str> = config
        .integrations
        .iter()
        .map(|i| i.name.as_str())
        .collect();
    assert_eq!(names, ["demographic-export", "deduction-import"]);
    assert_eq!(config.plan_years.len(), 2);
    let guards = &config.integrations[0].guards;
    assert_eq!(guards.errors.percent, Some(20.0));
    assert_eq!(guards.terminations.percent, Some(10.0));
    assert_eq!(config.unused_settings(), Vec::<String>::new());
}

/// A line `#key = value` (no space after #) is a setting with its default; `# text` is prose.
#[test]
fn what_is_commented_out_is_the_default() {
    let all_on: Vec<&str> = template()
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => rest,
            _ => line,
        })
        .collect();
    let (plain, all_on) = (load(template()), load(&all_on.join("\n")));
    let shown = |c: &Config| {
        let parts = (&c.site, &c.identity, &c.integrations, &c.daemon);
        format!("{parts:#?}")
    };
    assert_eq!(shown(&plain), shown(&all_on));
}

/// The examples of time are remarks, since nothing of the kind is there by default.
#[test]
fn the_examples_of_windows_and_schedules_can_be_switched_on() {
    let on = template()
        .replace("# window = \"nights\"", "window = \"nights\"")
        .replace("#start = \"arrival\"", "start = \"schedule\"");
    let (before, examples) = on.split_once("# [window.nights]\n").expect("examples");
    let lines = examples.lines().map(|line| match line.strip_prefix("# ") {
        Some(setting) if setting.starts_with('[') || setting.contains(" = ") => setting,
        _ => line,
    });
    let examples: Vec<&str> = lines.collect();
    let config = load(&format!("{before}[window.nights]\n{}", examples.join("\n")));
    assert_eq!((config.windows.len(), config.schedules.len()), (1, 1));
    assert_eq!(config.schedules[0].run, "nightly");
    assert!(config.schedules[0].expect_file);
    assert_eq!(config.integrations[0].window.as_deref(), Some("nights"));
}

#[test]
fn the_example_of_a_partners_server_can_be_switched_on() {
    let (before, rest) = template()
        .split_once("# [endpoint.plansource]\n")
        .expect("an example");
    let (example, _) = rest.split_once("\n\n").expect("its end");
    let lines = example.lines().filter_map(|line| line.strip_prefix("# "));
    let settings = lines.filter(|l| l.starts_with('[') || l.contains(" = "));
    let settings: Vec<&str> = settings.collect();
    let text = format!("{before}[endpoint.plansource]\n{}", settings.join("\n"));
    let config = load(&text);
    assert_eq!(config.endpoints[0].name, "plansource");
    let [demographic, deduction] = &config.integrations[..] else {
        panic!("two integrations");
    };
    assert!(demographic.push.is_some() && deduction.pull.is_some());
}
