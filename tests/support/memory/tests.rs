use super::{MemoryPlace, Side};
use feedgate::internal::transport::{FaultKind, FileTransfer, Place};
use std::fs::{self, File};
use std::io;
use std::path::Path;

fn send(client: &mut MemoryPlace, local: &Path, path: &str) -> Result<(), FaultKind> {
    let size = fs::metadata(local).expect("local").len();
    let file = FileTransfer {
        path: path.into(),
        size,
        local: Box::new(|| File::open(local)),
    };
    client.send(vec![file]).remove(0).map_err(|f| f.kind)
}

#[test]
fn what_one_client_sends_another_fetches() {
    let folder = tempfile::tempdir().expect("folder");
    let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
    fs::write(&ours, "rows").expect("local");
    let mut client = MemoryPlace::new();
    assert_eq!(
        send(&mut client, &ours, "/in/a.csv"),
        Err(FaultKind::Missing)
    );
    client.make_folder("/in/deep");
    client.set_clock(7);
    send(&mut client, &ours, "/in/a.csv").expect("sent");
    let mut other = client.clone();
    let mut entries = other.list(b"in/").expect("listed");
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(
        entries
            .iter()
            .map(|e| (&e.name[..], e.plain))
            .collect::<Vec<_>>(),
        [(&b"a.csv"[..], true), (&b"deep"[..], false)]
    );
    assert_eq!((entries[0].size, entries[0].modified), (4, 7));
    let fetch = |size| FileTransfer {
        path: b"in/a.csv".to_vec(),
        size,
        local: Box::new(|| File::create(&theirs)),
    };
    let results = other.fetch(vec![fetch(4), fetch(5)]);
    assert!(results[0].is_ok());
    assert!(matches!(&results[1], Err(f) if f.kind == FaultKind::Changed));
    assert_eq!(fs::read(&theirs).expect("fetched"), b"rows");
}

#[test]
fn a_name_that_is_taken_and_one_that_is_not_there() {
    let mut client = MemoryPlace::new();
    client.put("/a", "1");
    client.put("/b", "2");
    let pair = |from: &str, to: &str| (from.as_bytes().to_vec(), to.as_bytes().to_vec());
    let renamed = client.rename(&[pair("a", "b"), pair("c", "d"), pair("a", "c")]);
    let kinds: Vec<_> = renamed
        .iter()
        .map(|r| r.as_ref().err().map(|f| f.kind))
        .collect();
    assert_eq!(
        kinds,
        [Some(FaultKind::Exists), Some(FaultKind::Missing), None]
    );
    let removed = client.remove(&[b"b".to_vec(), b"b".to_vec()]);
    assert!(removed[0].is_ok() && removed[1].is_err());
    assert_eq!(client.paths(), ["/c"]);
    assert_eq!(
        client.look(&[b"b".to_vec()]).remove(0).expect("looked"),
        None
    );
}

#[test]
fn a_lost_connection_takes_the_rest_of_the_batch_with_it_and_the_next_call_connects() {
    for side in [Side::Before, Side::After] {
        let mut client = MemoryPlace::new();
        for name in ["/a", "/b"] {
            client.put(name, "1");
        }
        client.set_hook(move |at, what| match what {
            "remove" if at == side => Err(io::Error::other("cut")),
            _ => Ok(()),
        });
        for result in client.remove(&[b"a".to_vec(), b"b".to_vec()]) {
            assert!(matches!(result, Err(f) if f.kind == FaultKind::Transient));
        }
        assert_eq!(client.content("/a").is_some(), side == Side::Before);
        assert!(client.content("/b").is_some());
        client.clear_hook();
        assert!(client.remove(&[b"b".to_vec()])[0].is_ok());
    }
}

#[test]
fn a_full_server_keeps_what_it_had_room_for_and_refuses_as_told() {
    let folder = tempfile::tempdir().expect("folder");
    let ours = folder.path().join("ours");
    fs::write(&ours, "rows").expect("local");
    let mut client = MemoryPlace::new();
    client.put("/old", "123");
    client.set_room(Some(5));
    assert_eq!(send(&mut client, &ours, "/a"), Err(FaultKind::Transient));
    assert_eq!(client.content("/a").expect("half").len(), 2);
    client.set_room(None);
    client.refuse_name("b");
    assert_eq!(send(&mut client, &ours, "/b"), Err(FaultKind::Denied));
    client.deny("/", true);
    assert_eq!(send(&mut client, &ours, "/a"), Err(FaultKind::Denied));
    assert!(client.list(b"/").is_err());
    client.deny("/", false);
    client.disconnect();
    client.set_refusal(Some(FaultKind::HostKey));
    let refused = client.connect().expect_err("refused");
    assert!(refused.stops_endpoint());
}
