//! A configuration that uses everything, and one that uses next to nothing.

use super::{SITE, good, read};
use crate::config::model::FixedColumn;
use crate::config::{AfterPull, Config, FileContent, Folder, NoticeOn, Start};
use crate::domain::{Action, CompleteBy, Kind, Published, RunStatus};
use crate::format::control::TotalPosition;
use crate::format::fields::FixedField;
use crate::format::output::SsnStyle;
use crate::process::job::Omission;
use crate::schedule::Timing;
use crate::validate::date::DateForm;
use chrono::NaiveTime;
use std::path::Path;
use std::time::Duration;

fn example() -> Config {
    read(include_str!("example.toml")).expect("the example loads")
}

#[test]
fn the_example_says_what_it_says() {
    let config = example();
    assert_eq!(config.root, Path::new("/srv/site"));
    assert_eq!(config.fingerprint.len(), 16);
    assert_eq!(config.site.timezone, chrono_tz::America::New_York);
    let names: Vec<&str> = config
        .integrations
        .iter()
        .map(|i| i.name.as_str())
        .collect();
    assert_eq!(names, ["demographic-export", "deduction-import"]);

    let export = config.integration("demographic-export").unwrap();
    assert_eq!(export.kind, Kind::Demographic);
    assert_eq!(export.parameters.delta, Some(true));
    assert_eq!(export.statuses, Some(vec!["A".into(), "L".into()]));
    let form = |pattern: &str| DateForm::compile(pattern).unwrap();
    assert_eq!(export.format.dates, ["%Y-%m-%d", "%m/%d/%Y"].map(form));
    assert_eq!(
        export.columns,
        [("subscriber_id".into(), "Member Ref".into())]
    );
    assert_eq!(export.output.word(Action::Create), "A");
    assert_eq!(export.output.word(Action::Link), "link");
    assert_eq!(export.push.as_ref().unwrap().files, [Published::Output]);

    let import = config.integration("deduction-import").unwrap();
    assert_eq!(import.codes["deduction_code"]["MEDPPO"], "MED01");
    let pull = import.pull.as_ref().unwrap();
    assert_eq!(pull.every, Duration::from_secs(300));
    assert_eq!(pull.after, AfterPull::Delete);

    assert!(config.set("nightly").unwrap().abort_on_failure);
    assert_eq!(config.windows[0].hours.except.len(), 1);
    let timing = &config.schedules[0].timetable.timing;
    assert_eq!(*timing, Timing::Every(Duration::from_secs(3600)));
    let contact = config.contact_of(Some("deduction-import")).unwrap();
    assert_eq!(contact.remind_at, NaiveTime::from_hms_opt(7, 30, 0));
    let hook = &config.webhooks[0];
    let failed_or_held = [RunStatus::Failed, RunStatus::Held].map(NoticeOn::Run);
    assert_eq!(hook.on, failed_or_held);
    let name = hook.name();
    assert!(name.starts_with("webhook hooks.example.com ") && !name.contains("feedgate"));
    assert_eq!(config.unused_settings(), [""; 0]);
}

#[test]
fn defaults_fill_what_is_not_said() {
    let config = good("[integration.x]\nkind = \"demographic\"\n");
    let x = &config.integrations[0];
    assert_eq!(x.files, ["*.csv", "*.txt"]);
    assert_eq!(
        (x.start, x.content, x.omission),
        (Start::Arrival, FileContent::Changes, Omission::Report)
    );
    assert_eq!(
        (x.roster.as_str(), x.retro_days, x.retro_reject_days),
        ("main", 60, None)
    );
    assert_eq!(x.parameters, Default::default());
    assert_eq!(x.guards, Default::default());
    assert_eq!(x.complete.by, CompleteBy::Auto);
    assert_eq!((x.format.delimiter, x.format.encoding), (None, None));
    assert_eq!(x.format.dates.len(), 5);
    assert_eq!((x.output.delimiter, x.output.ssn), (b',', SsnStyle::Plain));
    assert!(x.output.column_header && !x.output.done_marker && x.output.columns.is_none());
    assert_eq!(x.limits.max_file_bytes, 16 << 30);
    assert_eq!(
        (x.limits.max_records, x.limits.max_listed_findings),
        (50_000_000, 100_000)
    );
    assert_eq!(config.unused_settings(), Vec::<String>::new());
}

#[test]
fn folders_have_their_place() {
    let config = good(
        "[integration.x]\nkind = \"demographic\"\n[integration.x.folders]\ninbound = \"/chroot/in\"\nerrors = \"hr/errors\"\n",
    );
    let x = &config.integrations[0];
    let at = |folder| config.folder(x, folder);
    assert_eq!(at(Folder::Inbound), Path::new("/chroot/in"));
    assert_eq!(at(Folder::Errors), Path::new("/srv/site/hr/errors"));
    assert_eq!(at(Folder::Output), Path::new("/srv/site/outbound/x/output"));
    assert_eq!(at(Folder::Archive), Path::new("/srv/site/archive/x"));
    assert_eq!(config.work(), Path::new("/srv/site/work"));
}

#[test]
fn a_schedule_of_a_set_expects_a_file_of_each_member() {
    let config = good(
        "[integration.x]\nkind = \"demographic\"\n[integration.y]\nkind = \"demographic\"\n\
         [set.s]\nintegrations = [\"x\"]\n[schedule.a]\nrun = \"s\"\nat = \"02:00\"\nexpect_file = true\n",
    );
    assert!(config.expects_file("x") && config.expects_file("s"));
    assert!(!config.expects_file("y"));
}

#[test]
fn fixed_width_with_a_trailer() {
    let config = good(
        "[integration.x]\nkind = \"demographic\"\n[integration.x.fixed_width]\n\
         subscriber_id = { start = 1, length = 10 }\ncustom.badge = { start = 11, length = 4 }\n\
         username = { start = 15, length = 20 }\nssn = { start = 35, length = 9 }\n\
         first_name = { start = 44, length = 20 }\nlast_name = { start = 64, length = 20 }\n\
         birth_date = { start = 84, length = 8 }\nhire_date = { start = 92, length = 8 }\n\
         employment_status = { start = 100, length = 1 }\n\
         [integration.x.format]\ntrailer = { marker = \"TRL\", count = { start = 4, length = 8 } }\n",
    );
    let x = &config.integrations[0];
    let placed = x.fixed_width.as_ref().unwrap();
    assert_eq!(
        placed[1],
        (
            "custom.badge".into(),
            FixedColumn {
                place: FixedField {
                    start: 10,
                    length: 4
                },
                decimals: None
            }
        )
    );
    let trailer = x.format.trailer.as_ref().unwrap();
    assert_eq!(
        trailer.count,
        Some(TotalPosition::Characters {
            start: 3,
            length: 8
        })
    );
}

#[test]
fn columns_keep_their_order_and_custom_names() {
    let config = good(
        "[integration.x]\nkind = \"demographic\"\n[integration.x.columns]\nusername = \"U\"\n\
         \"custom.b\" = \"B\"\nemployee_number = \"N\"\ncustom.a = \"A\"\n[integration.x.output]\n\
         columns = [\"action\", \"custom.a\", { from = \"ssn\", as = \"Tax ID\" }]\ndelimiter = \"pipe\"\n",
    );
    let x = &config.integrations[0];
    let names: Vec<&str> = x.columns.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(
        names,
        ["username", "custom.b", "employee_number", "custom.a"]
    );
    let out = x.output.columns.as_ref().unwrap();
    let headers: Vec<&str> = out.iter().map(|c| c.header.as_str()).collect();
    assert_eq!(headers, ["action", "a", "Tax ID"]);
    assert_eq!(x.output.delimiter, b'|');
}

#[test]
fn values_are_brought_into_one_form() {
    let config = good(
        "[integration.x]\nkind = \"demographic\"\nstatuses = [\"active\", \"On Leave\"]\neins = [\"123456789\"]\n\
         parameters = { include_employees = \"1001,1002\" }\n",
    );
    let x = &config.integrations[0];
    assert_eq!(x.statuses, Some(vec!["A".into(), "L".into()]));
    assert_eq!(x.eins, [123_456_789]);
    let included = x.parameters.include_employees.as_deref().unwrap();
    assert_eq!(included, ["1001", "1002"]);
    // Windows editors put a byte order mark before the text.
    let marked = read(&format!("\u{feff}{SITE}")).unwrap();
    assert_eq!(marked.site.timezone, config.site.timezone);
    assert_ne!(config.fingerprint, read(SITE).unwrap().fingerprint);
}
