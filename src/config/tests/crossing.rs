//! What has to hold between keys.

use super::{good, mistakes, refused};

const X: &str = "[integration.x]\nkind = \"demographic\"\n";

fn x(more: &str) -> String {
    format!("{X}{more}")
}

fn xy(more: &str) -> String {
    format!("{X}[integration.y]\nkind = \"deduction\"\n{more}")
}

#[test]
fn plan_years() {
    let years = |a: &str, b: &str, c: &str, d: &str| {
        format!("[[plan_year]]\nstart = {a}\nend = {b}\n[[plan_year]]\nstart = {c}\nend = {d}\n")
    };
    good(&years(
        "2026-01-01",
        "2026-12-31",
        "2027-01-01",
        "2027-12-31",
    ));
    refused(
        &years("2026-01-01", "2026-12-31", "2026-12-31", "2027-12-31"),
        &["7: plan_year[1].start", "overlaps the one from 2026-01-01"],
    );
    refused(
        &years("2026-12-31", "2026-01-01", "2027-01-01", "2027-12-31"),
        &["5: plan_year[0].end", "is before the start"],
    );
    // A year that can't be read overlaps nothing.
    refused(
        &years("2026-01-01", "2026-12-31", "\"x\"", "2026-12-31"),
        &["7: plan_year[1].start: \"x\" is not a date"],
    );
}

#[test]
fn names_have_to_exist() {
    refused(
        &x("window = \"n\"\n"),
        &["5: integration.x.window: there is no window \"n\""],
    );
    refused(
        &xy("after = [\n  \"x\",\n  \"xx-x\",\n]\n"),
        &["9: integration.y.after[1]"],
    );
    refused(
        &x("[schedule.s]\nrun = \"q\"\nevery = \"1h\"\n"),
        &["6: schedule.s.run", "integration or set \"q\""],
    );
    refused(
        &x("[integration.x.push]\nendpoint = \"e\"\nfolder = \"/\"\n"),
        &["6: integration.x.push.endpoint"],
    );
    // No integration fills this roster. Its files are held (ROSTER_EMPTY); the configuration is not at fault.
    good("[integration.y]\nkind = \"deduction\"\n");
}

#[test]
fn a_wrong_kind_causes_no_further_mistakes() {
    refused(
        "[integration.x]\nkind = \"x\"\nzero_stops = true\ncolumns = { deduction_code = \"D\" }\n",
        &["4: integration.x.kind"],
    );
}

#[test]
fn sets() {
    refused(
        &x("[set.x]\nintegrations = [\"x\"]\n"),
        &["5: set.x: has the name of an integration"],
    );
    refused(
        &x("[set.s]\nintegrations = []\n"),
        &["6: set.s.integrations: is empty"],
    );
    refused(
        &x("[set.s]\nintegrations = [\"x\", \"x\"]\n"),
        &["6: set.s.integrations[1]", "twice"],
    );
}

#[test]
fn after_goes_in_no_circle() {
    refused(
        "[integration.a]\nkind = \"demographic\"\nafter = [\"b\"]\n[integration.b]\nkind = \"demographic\"\nafter = [\"c\"]\n\
         [integration.c]\nkind = \"demographic\"\nafter = [\"a\"]\n",
        &["5: integration.a.after", "a after b after c after a"],
    );
    refused(&x("after = [\"x\"]\n"), &["x after x"]);
}

#[test]
fn keys_of_the_other_kind() {
    refused(
        &x("zero_stops = true\n"),
        &[
            "5: integration.x.zero_stops",
            "it is for deduction integrations",
        ],
    );
    refused(
        &xy("statuses = [\"A\"]\n"),
        &[
            "7: integration.y.statuses",
            "it is for demographic integrations",
        ],
    );
    refused(
        &x("parameters = { enrollment = \"open\" }\n"),
        &["integration.x.parameters.enrollment"],
    );
    refused(
        &x("[schedule.s]\nrun = \"x\"\nat = \"02:00\"\nparameters = { enrollment = \"open\" }\n"),
        &["schedule.s.parameters.enrollment", "the schedule runs none"],
    );
    good(&xy(
        "[schedule.s]\nrun = \"y\"\nat = \"02:00\"\nparameters = { delta = false, enrollment = \"standard\" }\n",
    ));
    refused(
        &x("omission = \"terminate\"\n"),
        &["5: integration.x.omission", "content = \"full\""],
    );
    good(&x(
        "content = \"full\"\nomission = \"terminate\"\nguards = { max_missing_percent = 5 }\n",
    ));
    refused(
        &x("output = { actions = { stop = \"S\" } }\n"),
        &["5: integration.x.output.actions.stop", "\"create\""],
    );
    refused(&xy("retro_reject_days = 30\n"), &["less than retro_days"]);
}

#[test]
fn columns_are_known() {
    let columns = |more: &str| x(&format!("[integration.x.columns]\n{more}\n"));
    refused(
        &columns("usrname = \"U\""),
        &[
            "6: integration.x.columns.usrname",
            "did you mean \"username\"?",
        ],
    );
    refused(
        &columns("deduction_code = \"D\""),
        &["is not a demographic column"],
    );
    refused(
        &columns("custom.\"B C\" = \"D\""),
        &["6: integration.x.columns.custom.B C", "custom column"],
    );
    // One header may be two columns.
    good(&columns("city = \"Town\"\ncustom.town = \"TOWN \""));
    refused(
        &xy("codes.coverage_level = { X = \"ALL\" }\n"),
        &["7: integration.y.codes.coverage_level.X", "\"FAM\""],
    );
    refused(
        &xy("codes.plan = { X = \"ALL\" }\n"),
        &["7: integration.y.codes.plan", "not a deduction column"],
    );
    refused(
        &x("output = { columns = [\"ssn\", \"custom.z\"] }\n"),
        &["5: integration.x.output.columns[1]", "not read"],
    );
    refused(
        &x("output = { columns = [\"ssn\", { from = \"city\", as = \"ssn\" }] }\n"),
        &["a second column \"ssn\""],
    );
}

#[test]
fn fixed_width_and_delimited_don_t_mix() {
    let all = mistakes(&x(
        "fixed_width = { ssn = { start = 1, length = 9 } }\ncolumns = { city = \"Town\" }\n\
         format = { delimiter = \"|\", quotes = \"none\", multiline = false, trailer = { marker = \"T\", count = 2 } }\n",
    ));
    assert_eq!(all.len(), 6, "{all:#?}");
    assert!(all[0].contains("lacks required columns: subscriber_id, username, first_name"));
    refused(
        &x("format = { quotes = \"none\", multiline = true }\n"),
        &["every line is a record"],
    );
    refused(
        &x("format = { trailer = { marker = \"T\", count = { start = 1, length = 2 } } }\n"),
        &["the files are delimited"],
    );
    refused(
        &x("format = { trailer = { marker = \"T\", employee_amount = 3 } }\n"),
        &["for deduction integrations"],
    );
}

#[test]
fn schedules_say_when_in_one_way() {
    let s = |more: &str| x(&format!("[schedule.s]\nrun = \"x\"\n{more}\n"));
    refused(&s(""), &["5: schedule.s: does not say when"]);
    refused(
        &s("every = \"1h\"\nat = \"02:00\""),
        &["in several ways when it runs: every, at"],
    );
    refused(
        &s("every = \"1h\"\ndays = [\"Mon\"]"),
        &["8: schedule.s.days"],
    );
    refused(
        &s("every = \"1h\"\nstart = 2026-02-01\nend = 2026-01-01"),
        &["9: schedule.s.end"],
    );
    refused(
        "[window.w]\nfrom = \"05:00\"\nto = \"05:00\"\n",
        &["5: window.w.to"],
    );
}

#[test]
fn a_schedule_runs_some_day() {
    let night = "[window.w]\nfrom = \"22:00\"\nto = \"05:00\"\n";
    let s = |more: &str| x(&format!("{night}[schedule.s]\nrun = \"x\"\n{more}\n"));
    good(&s("at = \"02:00\"\nwindow = \"w\""));
    good(&s("at = \"02:00\"\nstart = 2020-01-01\nend = 2020-01-02"));
    refused(
        &s("at = \"05:00\"\nwindow = \"w\""),
        &[
            "11: schedule.s.window",
            "falls into window.w; move the time",
        ],
    );
    refused(
        &s("cron = \"0 12 * * *\"\nstart = 2026-01-01\nend = 2026-01-01T11:00:00"),
        &["8: schedule.s: never runs", "widen start and end"],
    );
    refused(
        &s("at = \"02:00\"\nstart = 2026-01-01\nend = 2026-01-02\nexcept = [2026-01-01]"),
        &["8: schedule.s: never runs", "out of except"],
    );
    refused(
        &s("cron = \"0 0 30 2 *\""),
        &["10: schedule.s.cron", "never comes"],
    );
    // One mistake at a time: what can't be read decides nothing.
    refused(&s("at = \"2:00\"\nwindow = \"w\""), &["10: schedule.s.at"]);
    refused(&s("at = \"02:00\"\nwindow = \"v\""), &["no window \"v\""]);
}

#[test]
fn inbound_folders_are_nobody_else_s() {
    refused(
        &xy("folders = { inbound = \"inbound/./x\" }\n"),
        &[
            "7: integration.y.folders.inbound",
            "integration.x.folders.inbound",
        ],
    );
    refused(
        &x("folders = { output = \"inbound/x\" }\n"),
        &["is the same folder as integration.x.folders.inbound"],
    );
    refused(
        &x("folders = { inbound = \"work\" }\n"),
        &["the site's work folder"],
    );
    good(&xy("folders = { receipts = \"outbound/x/receipts\" }\n"));
}

#[test]
fn sign_in_is_said_once() {
    let e = |auth: &str| {
        format!(
            "[endpoint.e]\nhost = \"h\"\nuser = \"u\"\nhost_keys = \"k\"\nauth = {{ {auth} }}\n"
        )
    };
    good(&e("agent = true"));
    refused(&e(""), &["7: endpoint.e.auth: does not say in one way"]);
    refused(&e("password = \"env:P\", agent = true"), &["exactly one"]);
    refused(
        &e("password = \"env:P\", passphrase = \"env:Q\""),
        &["passphrase: means nothing"],
    );
    refused(
        &e("key = \"secrets/e.pub\""),
        &["auth.key: is the public key", "without .pub"],
    );
}
