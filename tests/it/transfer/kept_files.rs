//! Files that are kept on the server are fetched only once.

use super::bench::{Bench, next_week, people};
use feedgate::internal::site::Quiet;

const KEEP: &str = r#"[integration.people]
kind = "demographic"
complete = { by = "rename" }
pull = { endpoint = "carrier", folder = "/out", after = "keep" }
"#;

#[test]
fn what_is_kept_is_remembered_by_name_size_time_and_content() {
    let bench = Bench::new(KEEP);
    bench.server.put("/out/a.csv", people(1, 1));
    assert_eq!(bench.round().fetched, 1);
    assert_eq!(bench.round().fetched, 0);
    bench.run("people");
    // Touched, and under another name as well: the same bytes.
    bench.server.set_clock(1_795_000_100);
    bench.server.put("/out/a.csv", people(1, 1));
    bench.server.put("/out/copy.csv", people(1, 1));
    assert_eq!(bench.round().fetched, 0);
    assert!(bench.names("inbound/people").is_empty());
    assert!(bench.names("work/.pull-carrier.people").is_empty());
    // Other bytes.
    bench.server.set_clock(1_795_000_200);
    bench.server.put("/out/a.csv", people(2, 1));
    assert_eq!(bench.round().fetched, 1);
    bench.run("people");
    assert_eq!(bench.statuses(), ["Completed"; 2]);
    assert_eq!(bench.server.paths(), ["/out/a.csv", "/out/copy.csv"]);
    assert!(bench.pulls() > 0);
    let open = bench.ledger().open_pulls("carrier").expect("read");
    assert!(open.is_empty(), "settled, so their names are not kept");
}

#[test]
fn what_is_no_longer_listed_is_forgotten_with_the_runs() {
    let bench = Bench::new(&format!("{KEEP}[site.retention]\nruns_days = 5\n"));
    bench.server.put("/out/a.csv", people(1, 1));
    bench.round();
    bench.server.take("/out/a.csv");
    bench.round();
    assert_eq!(bench.pulls(), 1);
    let mut later = bench.courier_at(next_week);
    later.round(&Quiet).expect("round");
    assert_eq!(bench.pulls(), 0);
}
