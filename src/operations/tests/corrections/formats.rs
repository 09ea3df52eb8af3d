//! Corrections of files of other forms: fixed width, other encodings, own headers, deductions.

use super::*;
use crate::operations::correction::Remedy;
use crate::run::RunRequest;

/// A site with more configuration, whose files are these bytes.
fn with_file(config: &str, name: &str, bytes: &[u8]) -> Bench {
    let folder = TestSite::new(config);
    let inbound = folder.path("inbound/people");
    fs::create_dir_all(&inbound).expect("inbound");
    fs::write(inbound.join(name), bytes).expect("written");
    let reference = folder.run()[0].integration_reference_id.clone();
    Bench {
        site: folder.site(Disk::new()),
        folder,
        reference,
    }
}

/// The archived source of a run, as bytes.
fn source_of(bench: &Bench, run: &ReferenceId) -> Vec<u8> {
    let row = bench.site.find_run(run).expect("there");
    let path = crate::intake::archived_source(&bench.site, &row).expect("archived");
    fs::read(path).expect("read")
}

#[test]
fn a_fixed_width_record_keeps_its_places() {
    let widths = [4, 8, 11, 6, 6, 10, 10, 1];
    let names = [
        "subscriber_id",
        "username",
        "ssn",
        "first_name",
        "last_name",
        "birth_date",
        "hire_date",
        "employment_status",
    ];
    let (mut config, mut start) = ("[integration.people.fixed_width]\n".to_owned(), 1);
    for (name, width) in names.iter().zip(widths) {
        config += &format!("{name} = {{ start = {start}, length = {width} }}\n");
        start += width;
    }
    let line = |cells: [&str; 8]| {
        let cells = cells.iter().zip(widths);
        cells.map(|(c, w)| format!("{c:<w$}")).collect::<String>() + "\r\n"
    };
    let row = |ssn| {
        line([
            "S1",
            "user1x",
            ssn,
            "Ann",
            "Lee",
            "1990-01-01",
            "2020-01-01",
            "A",
        ])
    };
    let bench = with_file(&config, "hr.txt", row("000-34-0001").as_bytes());
    let wide = bench.edit_as("ada", 0, vec![cell(1, "first_name", "Annabell")]);
    assert!(bench.refusal(wide).contains("room for 6 characters"));
    bench.edit(vec![cell(1, "ssn", "521-34-0001")]);
    let sent = bench.submit(&bench.request(Chosen::AllCorrected));
    assert_eq!(sent.proof.open, 0, "{sent:?}");
    let bytes = source_of(&bench, &sent.run.expect("a run"));
    assert_eq!(String::from_utf8(bytes).expect("text"), row("521-34-0001"));
}

#[test]
fn other_encodings_and_own_headers_stay_as_they_are() {
    let head = "Ref;Login;Social;Given;Family;Born;Hired;State\r\n";
    let config = "[integration.people.columns]\nsubscriber_id = \"Ref\"\nusername = \"Login\"\nssn = \"Social\"\n\
        first_name = \"Given\"\nlast_name = \"Family\"\nbirth_date = \"Born\"\nhire_date = \"Hired\"\n\
        employment_status = \"State\"\n";
    let row = |ssn: &str| {
        let mut bytes = head.as_bytes().to_vec();
        bytes.extend_from_slice(b"S1;user1x;");
        bytes.extend_from_slice(ssn.as_bytes());
        bytes.extend_from_slice(b";Ren\xe9;\"M\xf6ller; Jr\";1990-01-01;2020-01-01;A\r\n");
        bytes
    };
    let bench = with_file(config, "hr.csv", &row("000340001"));
    let page = rejections(&bench.site, &bench.reference, &RejectionFilter::default());
    let page = page.expect("a page");
    assert_eq!(page.rejections[0].findings[0].header, "Social");
    let given = page.rejections[0]
        .cells
        .iter()
        .find(|c| c.column == "first_name");
    let given = given.expect("a cell");
    assert_eq!((&given.header[..], given.sent.input()), ("Given", "René"));
    let foreign = bench.edit_as("ada", 0, vec![cell(1, "last_name", "Łuk")]);
    assert!(bench.refusal(foreign).contains("Windows-1252"));
    bench.edit(vec![cell(1, "ssn", "521340001")]);
    let sent = bench.submit(&bench.request(Chosen::AllCorrected));
    assert_eq!(sent.proof.open, 0, "{sent:?}");
    assert_eq!(
        source_of(&bench, &sent.run.expect("a run")),
        row("521340001")
    );
}

#[test]
fn deductions_of_people_who_came_later_go_as_they_are_with_their_amounts() {
    let bench = with_file(
        "[[plan_year]]\nstart = 2026-01-01\nend = 2026-12-31\n[integration.med]\nkind = \"deduction\"\n\
         complete = { by = \"rename\" }\n",
        "hr.csv",
        b"subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status\n\
          S1,user1x,521340001,Ann,Lee,1990-01-01,2020-01-01,A\n",
    );
    let inbound = bench.folder.path("inbound/med");
    fs::create_dir_all(&inbound).expect("inbound");
    let deductions = "subscriber_id,username,ssn,first_name,last_name,deduction_code,employee_amount,employer_amount,effective_date\n\
        S1,user1x,521340001,Ann,Lee,MED,10.00,20.00,2026-02-01\n\
        S2,user2x,521340002,Ben,Moe,MED,11.50,21.00,2026-02-01\n\
        S3,user3x,521340003,Cyd,Nye,MED,12.00,22.25,2026-02-01\n";
    fs::write(inbound.join("ded.csv"), deductions).expect("written");
    let request = RunRequest {
        name: "med".to_owned(),
        ..RunRequest::default()
    };
    let run = |request: &RunRequest| {
        let ended = crate::operations::in_process::run(&bench.site, request, &Patient);
        ended.expect("it runs").summaries
    };
    let first = run(&request);
    let reference = first[0].integration_reference_id.clone();
    let groups = rejection_groups(&bench.site, &reference).expect("groups");
    assert_eq!(
        (groups.groups[0].code, groups.groups[0].records),
        (Code::SubscriberUnknown, 2)
    );
    assert_eq!(groups.groups[0].remedy, None);
    let row = "S2,user2x,521340002,Ben,Moe,1990-01-02,2020-01-02,A\n";
    bench.folder.upload_rows("hr2.csv", row);
    bench.folder.run();
    let groups = rejection_groups(&bench.site, &reference).expect("groups");
    let Some(Remedy::InRoster { records: 1, since }) = &groups.groups[0].remedy else {
        panic!("{groups:?}");
    };
    assert!(since.starts_with("2026-11-20T"), "{since}");
    let request = SubmissionRequest {
        id: new_submission_id().expect("an ID"),
        seen: 0,
        chosen: Chosen::AllCorrected,
        as_they_are: AsTheyAre::InRoster,
        dismiss: false,
    };
    let plan = plan_submission(&bench.site, &reference, &request).expect("a plan");
    let part = |part: crate::operations::correction::RecordsAndAmounts| {
        (
            part.records,
            part.employee.to_string(),
            part.employer.to_string(),
        )
    };
    assert_eq!(
        part(plan.going),
        (1, "11.50".to_owned(), "21.00".to_owned())
    );
    assert_eq!(
        part(plan.staying),
        (1, "12.00".to_owned(), "22.25".to_owned())
    );
    assert_eq!(plan.check.counts.accepted, BTreeMap::from([("add", 1)]));
    let sent = submit(&bench.site, &reference, &request, &Patient).expect("sent");
    assert_eq!(sent.proof.open, 1);
}
