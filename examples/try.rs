//! x
use feedgate::run::*;
use feedgate::*;
use std::path::PathBuf;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let config = match config::load(std::path::Path::new("feedgate.toml")) {
        Ok(c) => c,
        Err(m) => {
            for x in m {
                println!("{x}");
            }
            std::process::exit(2)
        }
    };
    let site = Site::new(config);
    let t = std::time::Instant::now();
    match a[1].as_str() {
        "run" => match run(
            &site,
            &Request {
                name: a[2].clone(),
                file: a.get(3).map(PathBuf::from),
                ..Default::default()
            },
            &Quiet,
        ) {
            Ok(e) => {
                for s in &e.summaries {
                    println!(
                        "{} {} {:?} p{} a{} u{} s{} e{} w{} {:?} {:?} {:?}",
                        s.integration_reference_id,
                        s.status,
                        s.reason,
                        s.records_processed,
                        s.records_accepted,
                        s.records_unchanged,
                        s.records_skipped,
                        s.errors,
                        s.warnings,
                        s.findings,
                        s.output_file,
                        s.skipped
                    );
                }
                println!("exit {}", e.exit_code);
            }
            Err(e) => println!("{e} {}", e.exit_code()),
        },
        _ => match validate(
            &site,
            &a[2],
            std::path::Path::new(&a[3]),
            Default::default(),
            None,
            &Quiet,
        ) {
            Ok(v) => {
                let s = v.summary;
                println!(
                    "{} {:?} p{} a{} u{} s{} e{} {:?} n{}",
                    s.status,
                    s.reason,
                    s.records_processed,
                    s.records_accepted,
                    s.records_unchanged,
                    s.records_skipped,
                    s.errors,
                    s.findings,
                    v.findings.len()
                )
            }
            Err(e) => println!("{e}"),
        },
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!(
        "{:?} {}",
        t.elapsed(),
        status.lines().find(|l| l.starts_with("VmHWM")).unwrap()
    );
}
