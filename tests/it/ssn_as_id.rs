//! Senders whose member number is the SSN: such IDs are rejected, or taken, kept encrypted and shown masked.

use crate::people::{Record, csv, deduction, person, ssn, subscriber_id};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, default_config, files};
use feedgate::internal::domain::SiteKey;
use feedgate::internal::domain::keyed_hash::HashedType;
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

const ACCEPT: &str = "[identity.subscriber_id]\nis_ssn = \"accept\"";

fn digits(n: usize) -> String {
    ssn(n).replace('-', "")
}

/// An employee whose ID is the SSN.
fn member(n: usize) -> Record {
    person(n).with("subscriber_id", digits(n))
}

/// A deduction of such an employee.
fn of_member(n: usize) -> Record {
    deduction(n).with("subscriber_id", digits(n))
}

/// A site that takes such IDs, whose files hold everybody.
fn accepting() -> Scenario {
    Scenario::new()
        .and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"")
        .and_config(ACCEPT)
}

/// What `employee` says as JSON.
fn employee(site: &Scenario, wanted: &str) -> Value {
    let shown = site.feedgate(&["employee", wanted, "--json"]);
    assert_eq!(shown.code, 0, "{wanted}: {shown:?}");
    shown.summary().clone()
}

fn handle(site: &Scenario, id: &str) -> String {
    let handle = employee(site, id)["handle"].clone();
    handle.as_str().expect("a handle").to_owned()
}

/// Looks for SSNs in all files but those that carry records, and in their names.
fn in_no_file(site: &Scenario, numbers: &[usize]) {
    let (mut looked_at, mut carried) = (0, 0);
    for path in files(site.root()) {
        let inside = path.strip_prefix(site.root()).expect("inside");
        let name = inside.to_string_lossy();
        let carries =
            name.starts_with("archive/") || name.contains("/output/") || name.contains(".rejects.");
        let bytes = fs::read(&path).expect("readable");
        for n in numbers {
            for text in [ssn(*n), digits(*n), ssn(*n).replace('-', " ")] {
                assert!(!name.contains(&text), "{n} is in a name");
                let found = memchr::memmem::find(&bytes, text.as_bytes()).is_some();
                assert!(carries || !found, "{n} is in {name}");
                carried += usize::from(found);
            }
        }
        looked_at += 1;
    }
    assert!(looked_at > 5 && carried > 0, "{looked_at} {carried}");
}

/// What a site prints without being asked for the SSN itself.
fn in_no_answer(site: &Scenario, reference: &str, handle: &str, numbers: &[usize]) {
    let commands: [&[&str]; 8] = [
        &["status"],
        &["runs"],
        &["show", reference],
        &["events"],
        &["files"],
        &["rejects", reference],
        &["employee", handle],
        &["check"],
    ];
    for command in commands {
        for json in [&[][..], &["--json"]] {
            let answer = site.feedgate(&[command, json].concat());
            let printed = format!("{}{}", answer.stdout, answer.stderr);
            for n in numbers {
                let there = printed.contains(&digits(*n)) || printed.contains(&ssn(*n));
                assert!(!there, "{command:?} prints {n}");
            }
        }
    }
}

#[test]
fn they_are_written_out_and_kept_encrypted() {
    let site = accepting();
    // A spelling is a part of the ID.
    let dashed = person(2).with("subscriber_id", ssn(2));
    let people = [member(1), dashed, person(3)];
    let first = site.send_people("hr.csv", &people, &[]);
    first.completed().buckets([3, 0, 0, 0]);
    let ids = [digits(1), ssn(2), subscriber_id(3)];
    assert_eq!(first.column("subscriber_id"), ids);
    let deductions = [
        of_member(1),
        of_member(2).with("subscriber_id", ssn(2)),
        deduction(3),
    ];
    let deductions = site.send_deductions("ded.csv", &deductions, &[]);
    deductions.completed().buckets([3, 0, 0, 0]);
    assert_eq!(deductions.column("subscriber_id"), ids);
    in_no_file(&site, &[1, 2]);
    let sample = site.path("sample.csv");
    fs::write(&sample, csv(&[member(4), member(5).with("zip_code", "1")])).expect("written");
    let tried = site.feedgate(&["validate", "sample.csv", "--integration", DEMOGRAPHIC]);
    assert_eq!(tried.code, 3, "{tried:?}");
    assert!(!tried.stdout.contains(&digits(5)) && !tried.stderr.contains(&digits(5)));
    fs::remove_file(sample).expect("removed");

    let next = site.send_people("next.csv", &[person(3)], &[]);
    next.completed();
    assert_eq!(next.column("action"), ["deactivate", "deactivate"]);
    assert_eq!(next.column("subscriber_id"), ids[..2]);
    assert_eq!(next.column("ssn"), ["", ""]);
    in_no_file(&site, &[1, 2]);
    in_no_answer(&site, next.reference(), &handle(&site, &ids[0]), &[1, 2]);
}

#[test]
fn they_are_shown_masked_and_found_by_a_handle() {
    let site = accepting();
    site.send_people("hr.csv", &[member(1), person(3)], &[])
        .completed();
    site.send_deductions("ded.csv", &[of_member(1), deduction(3)], &[])
        .completed();
    let masked = format!("***-**-{}", &ssn(1)[7..]);
    let known = employee(&site, &digits(1));
    assert_eq!(known["rosters"][0]["fields"]["subscriber_id"], masked);
    assert_eq!(known["deductions"][0]["fields"]["subscriber_id"], masked);
    let handle = handle(&site, &digits(1));
    assert_eq!(handle.len(), 9, "{handle}");
    assert_eq!(employee(&site, &handle), known);
    assert_eq!(employee(&site, &handle.to_uppercase()), known);
    let text = site.feedgate(&["employee", &handle]).stdout;
    assert!(text.contains(&masked) && text.contains(&handle), "{text}");
    assert!(text.contains("MED01"), "{text}");
    // Other IDs are shown as they are, and have a handle as well.
    let other = employee(&site, &subscriber_id(3));
    assert_eq!(
        other["rosters"][0]["fields"]["subscriber_id"],
        subscriber_id(3)
    );
    assert_eq!(
        employee(&site, other["handle"].as_str().expect("one")),
        other
    );
    let nobody = site.feedgate(&["employee", "~zzzzzzzz"]);
    assert_eq!(nobody.code, 2, "{nobody:?}");
    assert!(nobody.stderr.contains("this handle"), "{nobody:?}");
    // A finding about a missing person names the handle beside the masked ID.
    let config = fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let site = site.config(&config.replace("\"terminate\"", "\"report\""));
    let next = site.send_people("next.csv", &[person(3)], &[]);
    let errors = next.errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].subscriber_id, masked);
    assert!(errors[0].message.contains(&handle), "{errors:?}");
    in_no_file(&site, &[1]);
}

#[test]
fn the_handle_works_where_no_roster_is() {
    let site = Scenario::new()
        .and_config("[identity]\nmatch = \"shape-only\"")
        .and_config(ACCEPT);
    let second = of_member(1).with("deduction_code", "DEN01");
    let all = [of_member(1), second, of_member(2), deduction(3)];
    site.send_deductions("ded.csv", &all, &[])
        .completed()
        .buckets([4, 0, 0, 0]);
    let known = employee(&site, &handle(&site, &digits(1)));
    assert_eq!(known["deductions"].as_array().map(Vec::len), Some(2));
    let plain = handle(&site, &subscriber_id(3));
    assert_eq!(employee(&site, &plain), employee(&site, &subscriber_id(3)));
    in_no_file(&site, &[1, 2]);
}

/// Two IDs that have one handle under the key [`shared_key`].
const SHARED: [&str; 2] = ["N69489", "N322893"];

fn shared_key() -> SiteKey {
    SiteKey::new([7; 16])
}

#[test]
fn a_handle_of_two_people_names_neither() {
    let site = accepting();
    let state = site.path("state");
    fs::create_dir(&state).expect("made");
    fs::set_permissions(&state, Permissions::from_mode(0o700)).expect("mode");
    key(&site, 7);
    let hashes = SHARED.map(|id| shared_key().hash(HashedType::Subscriber, id.as_bytes()));
    assert_ne!(hashes[0], hashes[1]);
    let people = [1, 2].map(|n| person(n).with("subscriber_id", SHARED[n - 1]));
    site.send_people("hr.csv", &people, &[]).completed();
    let [one, other] = SHARED.map(|id| handle(&site, id));
    assert_eq!(one, other);
    let refused = site.feedgate(&["employee", &one]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.stderr.contains("2 people have this handle"),
        "{refused:?}"
    );
}

/// Writes another key of the site.
fn key(site: &Scenario, byte: u8) {
    let path = site.path("state/key");
    fs::write(&path, [byte; 16]).expect("written");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("mode");
}

#[test]
fn usernames_and_numbers_are_kept_in_the_same_way() {
    let terminate = "content = \"full\"\nomission = \"terminate\"";
    let site = Scenario::new().and_keys(DEMOGRAPHIC, terminate);
    let of = |n: usize| {
        person(n)
            .with("username", digits(n))
            .with("employee_number", digits(n))
    };
    let near = person(4).with("employee_number", "521341234");
    site.send_people("hr.csv", &[of(1), of(2), person(3), near], &[])
        .completed();
    let shown = employee(&site, &subscriber_id(1))["rosters"][0]["fields"].clone();
    let masked = format!("***-**-{}", &ssn(1)[7..]);
    assert_eq!(shown["username"], masked);
    assert_eq!(shown["employee_number"], masked);
    let shown = employee(&site, &subscriber_id(4))["rosters"][0]["fields"].clone();
    assert_eq!(shown["employee_number"], "521341234");
    in_no_file(&site, &[1, 2]);
    // The second one is there by the number of a rejected row.
    let unread = person(2)
        .with("subscriber_id", "no ID")
        .with("ssn", "junk")
        .with("username", "another")
        .with("employee_number", digits(2));
    let next = site.send_people("next.csv", &[unread, person(3)], &[]);
    assert_eq!(
        next.column("subscriber_id"),
        [subscriber_id(1), subscriber_id(4)],
        "{next:?}"
    );
    assert_eq!(
        next.column("username"),
        [digits(1), person(4).get("username").to_owned()]
    );
    assert_eq!(
        next.column("employee_number"),
        [digits(1), "521341234".to_owned()]
    );
}

#[test]
fn they_are_rejected_unless_the_policy_takes_them() {
    let site = Scenario::new();
    let outcome = site.send_people("hr.csv", &[member(1), person(3)], &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    let errors = outcome.errors();
    assert_eq!(errors[0].code, "SUBSCRIBER_ID_IS_SSN");
    let fix = &errors[0].how_to_fix;
    assert!(fix.contains("is_ssn = \"accept\""), "{fix}");
    in_no_file(&site, &[1]);
    // The advice: the operator sets the policy, and the row can be sent again as it is.
    let site = site.and_config(ACCEPT);
    let name = crate::round_trip::name_of_rejects(&outcome);
    let rejects = outcome.rejects().expect("rejects");
    let corrected = site
        .inbound(DEMOGRAPHIC, &name, rejects)
        .run(DEMOGRAPHIC, &[]);
    corrected.completed().buckets([1, 0, 0, 0]);
    let open = site.feedgate(&["rejects", outcome.reference(), "--json"]);
    assert!(!open.stdout.contains("\"closed_by\": null"), "{open:?}");
    assert!(open.stdout.contains(corrected.reference()), "{open:?}");
    in_no_file(&site, &[1]);
    // What is known of them stays encrypted after the policy was taken back.
    let site = site
        .config(&default_config())
        .and_config("[identity.ssn]\nplaceholders = \"accept\"");
    let outcome = site.send_deductions("ded.csv", &[of_member(1)], &[]);
    assert_eq!(outcome.codes(), ["SUBSCRIBER_ID_IS_SSN"]);
    let unsaid = of_member(1).with("ssn", "000-00-0000");
    site.send_deductions("unsaid.csv", &[unsaid], &[])
        .completed()
        .buckets([1, 0, 0, 0]);
    in_no_file(&site, &[1]);
}

#[test]
fn an_integration_says_it_for_its_own_files() {
    let of_one = "[integration.demographic-export.subscriber_id]\nis_ssn = \"accept\"";
    let site = Scenario::new().and_config(of_one);
    site.send_people("hr.csv", &[member(1)], &[]).completed();
    let outcome = site.send_deductions("ded.csv", &[of_member(1)], &[]);
    assert_eq!(outcome.codes(), ["SUBSCRIBER_ID_IS_SSN"]);
    in_no_file(&site, &[1]);
    let but_one = "[integration.deduction-import.subscriber_id]\nis_ssn = \"reject\"";
    let site = site.config(&format!("{}{ACCEPT}\n{but_one}\n", default_config()));
    let other = of_member(1).with("deduction_code", "DEN01");
    let outcome = site.send_deductions("ded2.csv", &[other], &[]);
    assert_eq!(outcome.codes(), ["SUBSCRIBER_ID_IS_SSN"]);
    // Only these two words.
    let warned = format!("{}{}", default_config(), ACCEPT.replace("accept", "warn"));
    let refused = site.config(&warned).feedgate(&["check"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stdout.contains("is_ssn") || refused.stderr.contains("is_ssn"));
}

#[test]
fn nine_digits_that_are_not_the_ssn_stay_an_id() {
    let site = accepting();
    let other = person(1).with("subscriber_id", "521341234");
    let impossible = person(2).with("subscriber_id", "000012345");
    site.send_people("hr.csv", &[other, impossible], &[])
        .completed()
        .buckets([2, 0, 0, 0]);
    let of = |id: &str, n| deduction(n).with("subscriber_id", id);
    site.send_deductions("ded.csv", &[of("521341234", 1), of("000012345", 2)], &[])
        .completed();
    for id in ["521341234", "000012345"] {
        let known = employee(&site, id);
        assert_eq!(known["rosters"][0]["fields"]["subscriber_id"], id);
        assert_eq!(known["deductions"][0]["fields"]["subscriber_id"], id);
    }
}

#[test]
fn an_id_that_was_an_ssn_stays_encrypted_when_the_ssn_is_corrected() {
    let site = Scenario::new()
        .and_config(ACCEPT)
        .and_config("[identity.ssn]\nchange = \"accept\"\nplaceholders = \"accept\"");
    let placeholder = person(2)
        .with("subscriber_id", digits(2))
        .with("ssn", "000-00-0000");
    site.send_people("hr.csv", &[member(1), placeholder], &[])
        .completed()
        .buckets([2, 0, 0, 0]);
    for city in ["Verona", "Madison"] {
        let corrected = member(1).with("ssn", ssn(9)).with("city", city);
        site.send_people(&format!("{city}.csv"), &[corrected], &[])
            .completed()
            .buckets([1, 0, 0, 0]);
    }
    site.send_deductions("ded.csv", &[of_member(1).with("ssn", ssn(9))], &[])
        .completed();
    in_no_file(&site, &[1, 2]);
    // A placeholder is nobody's ID.
    let nobody = person(3)
        .with("subscriber_id", "999999999")
        .with("ssn", "999-99-9999");
    let outcome = site.send_people("nobody.csv", &[nobody], &[]);
    assert_eq!(outcome.codes(), ["SUBSCRIBER_ID_IS_SSN"]);
    let fix = &outcome.errors()[0].how_to_fix;
    assert!(!fix.contains("is_ssn"), "{fix}");
}

#[test]
fn an_id_that_lost_its_zeros_is_nobody_elses() {
    let site = Scenario::new()
        .and_config(ACCEPT)
        .and_config("[identity.ssn]\nrestore_leading_zeros = true");
    let lost = person(1)
        .with("subscriber_id", "20341234")
        .with("ssn", "20341234");
    let near = person(2)
        .with("subscriber_id", "20341235")
        .with("ssn", "20341236");
    let outcome = site.send_people("hr.csv", &[lost, near], &[]);
    outcome.buckets([1, 0, 0, 1]);
    let found: Vec<(String, String, String)> = outcome
        .errors()
        .into_iter()
        .map(|e| (e.field, e.code, e.severity))
        .collect();
    let of = |field: &str, severity: &str| {
        let code = "SSN_LEADING_ZERO_LOST".to_owned();
        (field.to_owned(), code, severity.to_owned())
    };
    assert!(found.contains(&of("subscriber_id", "error")), "{found:?}");
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn a_test_employee_has_such_an_id_too() {
    let site = accepting();
    let tester = member(1).with("test_employee", "yes");
    site.send_people("hr.csv", &[tester, person(3)], &[])
        .completed()
        .buckets([1, 0, 1, 0]);
    in_no_file(&site, &[1]);
    let known = employee(&site, &handle(&site, &digits(1)));
    assert_eq!(known["rosters"][0]["state"], "test");
    let id = &known["rosters"][0]["fields"]["subscriber_id"];
    assert_eq!(id, &format!("***-**-{}", &ssn(1)[7..]));
    // One who becomes a test employee keeps what was known, and one who is none any more has it again.
    for (name, flag) in [("no", "no"), ("yes", "yes"), ("again", "no")] {
        let one = member(1).with("test_employee", flag);
        site.send_people(&format!("{name}.csv"), &[one, person(3)], &[]);
        in_no_file(&site, &[1]);
    }
    let next = site.send_people("next.csv", &[person(3)], &[]);
    assert_eq!(next.column("subscriber_id"), [digits(1)]);
}

#[test]
fn they_outlive_the_merging_of_blocks() {
    let site = accepting();
    for n in 0..20 {
        let people = [
            member(1).with("city", format!("Town {n}")),
            member(2),
            person(3),
        ];
        site.send_people(&format!("hr{n}.csv"), &people, &[])
            .completed();
        let of = of_member(1).with("employee_amount", format!("{n}.25"));
        site.send_deductions(&format!("ded{n}.csv"), &[of], &[])
            .completed();
    }
    in_no_file(&site, &[1, 2]);
    let known = employee(&site, &handle(&site, &digits(1)));
    assert_eq!(known["deductions"][0]["fields"]["employee_amount"], "19.25");
    let next = site.send_people("next.csv", &[person(3)], &[]);
    assert_eq!(next.column("subscriber_id"), [1, 2].map(digits));
}

#[test]
fn a_rehire_is_named_by_the_handle() {
    let site = Scenario::new().and_config(ACCEPT);
    let gone = crate::people::gone(1).with("subscriber_id", digits(1));
    site.send_people("hr.csv", &[gone], &[]).completed();
    let again = site.send_people("again.csv", &[crate::people::again(1)], &[]);
    assert_eq!(again.codes(), ["REHIRE_NEW_ID"], "{again:?}");
    let known = employee(&site, "R1");
    let before = &known["rosters"][0]["rehired_from"];
    assert_eq!(before[0], handle(&site, &digits(1)));
    in_no_file(&site, &[1]);
}

#[test]
fn no_sender_can_write_what_looks_encrypted() {
    let open =
        "[identity]\nsubscriber_id = { pattern = '(?s).+' }\nusername = { pattern = '(?s).+' }";
    let site = Scenario::new().and_config(open);
    let forged = "N\u{1f}\u{1e}0123456789abcdef***-**-1234\u{1e}QUJD";
    let records = ["subscriber_id", "username", "employee_number", "last_name"];
    let records: Vec<Record> = (1..)
        .zip(records)
        .flat_map(|(n, column)| {
            let inner = person(n).with(column, forged);
            let first = person(n + 10).with(column, &forged[2..]);
            [inner, first]
        })
        .collect();
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome.buckets([0, 0, 0, 8]);
    assert_eq!(outcome.codes(), ["CONTROL_CHARACTER"]);
}

#[test]
fn another_key_is_refused() {
    let site = accepting();
    site.send_people("hr.csv", &[member(1), person(3)], &[])
        .completed();
    let right = fs::read(site.path("state/key")).expect("a key");
    key(&site, 9);
    let refused = site.send_people("next.csv", &[person(3)], &[]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("is not the key of this ledger"));
    // With the right one the same file is judged.
    fs::write(site.path("state/key"), right).expect("written");
    let run = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.column("subscriber_id"), [digits(1)]);
    in_no_file(&site, &[1]);
}

#[test]
fn a_file_sent_again_counts_people_and_not_deductions() {
    let site = Scenario::new()
        .and_config("[identity]\nmatch = \"shape-only\"")
        .and_config(ACCEPT);
    let all = |amount: &str| {
        ["MED01", "DEN01"].map(|code| {
            of_member(1)
                .with("deduction_code", code)
                .with("employee_amount", amount)
        })
    };
    site.send_deductions("a.csv", &all("1.00"), &[]).completed();
    site.send_deductions("b.csv", &all("2.00"), &[]).completed();
    let bytes = csv(&all("1.00"));
    let held: Outcome = site.inbound(DEDUCTION, "c.csv", bytes).run(DEDUCTION, &[]);
    assert!(held.text("reason").contains("1 person"), "{held:?}");
}
