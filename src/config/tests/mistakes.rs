//! One key at a time: what is said, and where.

use super::{mistakes, read, refused};
use crate::config::load;

#[test]
fn all_mistakes_at_once_sorted_by_line() {
    let all = mistakes(
        "timezon = \"UTC\"\n[integration.x]\nkind = \"demografic\"\nretro_days = \"60\"\n\
         [integration.Y]\nkind = \"deduction\"\nfiles = [\"[a\", \"*.csv\"]\n[set.s]\nintegrations = [\"z\"]\n",
    );
    assert_eq!(
        all,
        [
            "3: site.timezon: \"timezon\" is not a key that is known here; did you mean \"timezone\"?",
            "5: integration.x.kind: \"demografic\" is not known here; write \"demographic\", \"deduction\" or \"accounts\"",
            "6: integration.x.retro_days: text can't stand here; write a whole number from 0 to 3650",
            "7: integration.Y: \"Y\" can't be a name; use 1 to 64 lower-case letters, digits, _ and -, beginning with a letter or digit, because folders are named after it",
            "9: integration.Y.files[0]: \"[a\" is not a file name pattern (unclosed character class; missing ']'); use * for any characters, ? for one, [abc] for one of several",
            "11: set.s.integrations[0]: there is no integration \"z\"; known here: x, Y",
        ]
    );
}

#[test]
fn what_is_missing_is_told_at_its_table() {
    refused(
        "\n[integration.x]\n",
        &[
            "4: integration.x.kind: is missing",
            "kind = \"demographic\"",
        ],
    );
    let all = read("").unwrap_err();
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].line, all[0].key.as_str()), (None, "site.timezone"));
    let all = read("[site]\ntimezone = \"America/NewYork\"\n").unwrap_err();
    assert!(all[0].hint.contains("America/New_York"), "{}", all[0]);
}

#[test]
fn an_unknown_key_gets_advice() {
    refused(
        "[intergration.x]\n",
        &["3: intergration", "did you mean \"integration\"?"],
    );
    refused(
        "[integration.x]\nkind = \"deduction\"\nroster=\"x\"\n[identity]\nmatch=\"shape-only\"\ntimezone = \"UTC\"\n",
        &["8: identity.timezone", "it belongs under [site]"],
    );
    refused(
        "[identity]\nfoo = 1\n",
        &["4: identity.foo", "known here: match, ssn"],
    );
}

#[test]
fn broken_toml_is_told_with_its_line() {
    let all = mistakes("[integration.x\nkind = \"demographic\"\n");
    assert!(all[0].starts_with("3: is not TOML"), "{all:?}");
    let all = mistakes("timezone = \"UTC\"\n");
    assert_eq!(all.len(), 1);
    assert!(
        all[0].contains("3: is not TOML (duplicate key") && all[0].contains("keep one"),
        "{all:?}"
    );
    let all = mistakes("a = \nb = = 2\n");
    assert!(all.len() >= 2, "{all:?}");
}

#[test]
fn the_file_itself_may_be_the_mistake() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("feedgate.toml");
    let all = load(&path).unwrap_err();
    assert!(all[0].problem.contains("can't be read") && all[0].line.is_none());
    std::fs::write(&path, b"[site]\ntimezone = \"\xff\"\n").unwrap();
    let all = load(&path).unwrap_err();
    assert_eq!(
        (all[0].line, all[0].problem.as_str()),
        (Some(2), "is not UTF-8 text")
    );
    std::fs::write(&path, vec![b'#'; (4 << 20) + 1]).unwrap();
    assert!(
        load(&path).unwrap_err()[0]
            .problem
            .contains("larger than 4 MiB")
    );
    std::fs::write(&path, super::SITE).unwrap();
    let config = load(&path).unwrap();
    assert_eq!(config.root, dir.path());
}

#[test]
fn parameters_keep_their_bounds() {
    let with =
        |p: &str| format!("[integration.x]\nkind = \"demographic\"\nparameters = {{ {p} }}\n");
    refused(
        &with("lookback_days = 32"),
        &["5: integration.x.parameters.lookback_days", "1 to 31"],
    );
    refused(
        &with("include_employees = \"1001, 1002\""),
        &["without spaces"],
    );
    refused(
        &with("delta = \"yes\""),
        &["text can't stand here; write true or false"],
    );
    refused(
        "[integration.x.guards]\nmax_error_percent = 101\n[integration.x]\nkind = \"demographic\"\n",
        &["4: integration.x.guards.max_error_percent: 101 is out of range"],
    );
}

#[test]
fn a_secret_written_into_the_file_is_not_repeated() {
    for written in ["env:hunter two", "hunter2"] {
        for key in ["password", "key = \"env:K\", passphrase"] {
            let all = mistakes(&format!(
                "[endpoint.e]\nhost = \"h\"\nuser = \"u\"\nhost_keys = \"k\"\nauth = {{ {key} = \"{written}\" }}\n",
            ));
            assert_eq!(all.len(), 1, "{all:?}");
            assert!(!all[0].contains("hunter"), "{all:?}");
            assert!(all[0].contains("never write the secret itself"), "{all:?}");
        }
    }
}

#[test]
fn no_text_makes_it_fall_over() {
    let pieces = [
        "[",
        "]",
        "integration",
        ".x",
        "=",
        "\"",
        "'''",
        "{",
        "}",
        "\n",
        "2026-13-45",
        "\u{feff}",
        "é",
        "#",
        "[[plan_year]]\n",
    ];
    let mut state = 7u64;
    for _ in 0..3000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        for mistake in read(&text).err().into_iter().flatten() {
            assert!(!mistake.problem.is_empty() && !mistake.hint.is_empty());
        }
    }
}
