//! What is sent of a draft, once, and what stays of it, also after a crash.

use super::*;

#[test]
fn what_is_sent_closes_its_rejections_and_the_rest_stays() {
    let bench = bench();
    bench.edit(vec![
        cell(2, "ssn", "521-34-0002"),
        replace("Aktiv", "Active"),
        DraftEdit::Dismiss {
            records: vec![5],
            why: "left before the first day".to_owned(),
        },
    ]);
    let request = bench.request(Chosen::AllCorrected);
    let plan = plan_submission(&bench.site, &bench.reference, &request).expect("a plan");
    let counts = [plan.going, plan.staying, plan.dismissed].map(|part| part.records);
    assert_eq!(counts, [2, 0, 1]);
    assert_eq!(
        plan.why,
        BTreeMap::from([("left before the first day".to_owned(), 1)])
    );
    assert_eq!(plan.check.counts.rejected, 0);
    let sent = bench.submit(&request);
    assert_eq!(
        (sent.state, sent.sent, sent.dismissed),
        (SubmissionState::Done, 2, 1)
    );
    let run = sent.run.expect("a linked run");
    let row = bench.site.find_run(&run).expect("there");
    assert_eq!(row.resubmission_of.as_ref(), Some(&bench.reference));
    assert_eq!(
        sent.proof.in_words(),
        format!("3 rejected = 2 accepted by {run} + 1 dismissed + 0 open")
    );
    assert_eq!(bench.in_drafts(), [""; 0]);
    // The same request once more finds the first one, although the draft is gone.
    let again = bench.submit(&request);
    assert_eq!((again.state, again.run), (SubmissionState::Done, Some(run)));
    let output = fs::read_dir(bench.folder.path("outbound/people/output")).expect("output");
    assert_eq!(output.count(), 2);
}

#[test]
fn some_go_now_and_the_others_later() {
    let bench = bench();
    bench.edit(vec![cell(2, "ssn", "521340002"), replace("Aktiv", "A")]);
    let first = bench.request(Chosen::These(BTreeSet::from([2])));
    let sent = bench.submit(&first);
    let run = sent.run.expect("a run");
    assert_eq!(sent.proof.open, 2);
    let left = draft(&bench.site, &bench.reference).expect("a draft");
    assert_eq!(left.entries.len(), 1, "what was sent has left the draft");
    // Record 5 goes with its wrong SSN and is rejected again; record 3 is taken.
    let sent = bench.submit(&bench.request(Chosen::AllCorrected));
    let second = sent.run.clone().expect("a run");
    assert_eq!(
        sent.proof.in_words(),
        format!("3 rejected = 1 accepted by {run} + 1 accepted by {second} + 1 open")
    );
    // A correction of the correction closes both.
    let again = RowsToSubmit::deserialized(r#"{"rows":[{"record":2,"set":{"ssn":"521340005"}}]}"#);
    let id = new_submission_id().expect("an ID");
    let last = submit_rows(&bench.site, &second, (&again, &id), &Patient).expect("sent");
    assert_eq!(last.proof.open, 0);
    let whole = proof(&bench.site, &bench.reference).expect("a proof");
    assert_eq!((whole.rejected, whole.open), (3, 0));
}

#[test]
fn rows_whose_cause_was_elsewhere_are_sent_as_they_are() {
    let bench = bench();
    bench.edit(vec![cell(2, "ssn", "521340002")]);
    // The operator adds the sender's word.
    let config = bench.folder.path("feedgate.toml");
    let mut text = fs::read_to_string(&config).expect("text");
    text += "[integration.people.codes.employment_status]\nAktiv = \"A\"\nA = \"A\"\n";
    fs::write(&config, text).expect("written");
    let site = bench.folder.site(Disk::new());
    let request = SubmissionRequest {
        as_they_are: AsTheyAre::WithCode(Code::CodeUnknown),
        ..bench.request(Chosen::These(BTreeSet::new()))
    };
    let plan = plan_submission(&site, &bench.reference, &request).expect("a plan");
    assert_eq!((plan.going.records, plan.check.counts.rejected), (2, 1));
    let sent = submit(&site, &bench.reference, &request, &Patient).expect("sent");
    assert_eq!(
        sent.proof.open, 2,
        "record 3 is closed, 2 was not sent, 5 has another error"
    );
}

/// What a crash leaves is the draft before or after, and the same request ends the same way.
#[test]
fn whatever_step_is_the_last_no_draft_is_half_written_and_nothing_is_sent_twice() {
    let no_space = |step| Faults::FailAt(step, 28);
    for fault in [Faults::StopAt as fn(u64) -> Faults, no_space] {
        for step in 1.. {
            let bench = bench();
            let stopping = bench
                .folder
                .site(Disk::with_faults(fault(step)))
                .for_user("ada");
            let edits = DraftEdits {
                seen: 0,
                overwrite: false,
                edits: vec![
                    cell(2, "ssn", "521340002"),
                    replace("Aktiv", "A"),
                    DraftEdit::Dismiss {
                        records: vec![5],
                        why: "left".to_owned(),
                    },
                ],
            };
            let saved = edit_draft(&stopping, &bench.reference, &edits);
            let kept = draft(&bench.site, &bench.reference).expect("whole");
            assert!(matches!(kept.entries.len(), 0 | 3), "step {step}");
            assert!(saved.is_err() || kept.entries.len() == 3, "step {step}");
            if kept.entries.is_empty() {
                edit_draft(&bench.site.for_user("ada"), &bench.reference, &edits).expect("saved");
            }
            let request = bench.request(Chosen::AllCorrected);
            let ended = submit(&stopping, &bench.reference, &request, &Patient);
            // The next process finishes a run that had begun.
            bench.folder.run();
            let mut last = bench.submit(&request);
            if last.state == SubmissionState::Refused {
                last = bench.submit(&bench.request(Chosen::AllCorrected));
            }
            assert_eq!(last.state, SubmissionState::Done, "step {step}: {last:?}");
            let proof = proof(&bench.site, &bench.reference).expect("a proof");
            assert_eq!((proof.open, proof.dismissed), (0, 1), "step {step}");
            assert_eq!(proof.accepted.values().sum::<u64>(), 2, "step {step}");
            let outputs = names_in(&bench.folder.path("outbound/people/output")).expect("listed");
            assert_eq!(outputs.len(), 2, "step {step}: {outputs:?}");
            let left = bench.in_drafts();
            assert!(left.is_empty(), "step {step}: {left:?}");
            if ended.is_ok() && stopping.steps() < step {
                assert!(step > 20, "only {step} steps: do they all pass the seam?");
                break;
            }
        }
    }
}

#[test]
fn a_draft_goes_with_what_it_corrects() {
    let bench = bench();
    bench.edit(vec![cell(2, "ssn", CANARY)]);
    purge(&bench.site).expect("purged");
    assert_eq!(
        bench.in_drafts().len(),
        1,
        "its records are open, and its source is there"
    );
    fs::write(
        bench.folder.path("state/drafts/.20261120-000001.json.part"),
        CANARY,
    )
    .expect("left");
    fs::remove_dir_all(bench.folder.path("archive")).expect("too old");
    purge(&bench.site).expect("purged");
    assert_eq!(bench.in_drafts(), [""; 0]);
}

#[test]
fn no_value_of_a_draft_is_anywhere_but_in_its_file() {
    let bench = bench();
    bench.edit(vec![cell(2, "ssn", CANARY)]);
    let found = || {
        let mut holders = Vec::new();
        let mut folders = vec![bench.folder.path("state")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("listed") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = fs::read(&path).expect("read");
                if memchr::memmem::find(&bytes, CANARY.as_bytes()).is_some() {
                    holders.push(path);
                }
            }
        }
        holders
    };
    let file = bench
        .folder
        .path(&format!("state/drafts/{}.json", bench.reference));
    assert_eq!(found(), std::slice::from_ref(&file));
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).expect("there").permissions());
    assert_eq!(mode & 0o777, 0o600);
    let mut request = bench.request(Chosen::AllCorrected);
    request.dismiss = false;
    let sent = bench.submit(&request);
    assert_eq!(sent.proof.open, 2);
    assert_eq!(found(), [""; 0].map(std::path::PathBuf::from));
    let view = draft(&bench.site, &bench.reference).expect("a draft");
    assert!(view.entries.is_empty());
}
