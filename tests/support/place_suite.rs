//! What every place does. Each implementation runs all of it.

// Two test programs share this file, and neither uses all of it.
#![allow(dead_code)]

use feedgate::internal::transport::{Fault, FaultKind, FileTransfer, Place, RemoteFile};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A place and another way to its files.
pub(super) trait PlaceFixture {
    /// A client that has not connected yet.
    fn place(&self) -> Box<dyn Place>;
    /// The path at the place of something in the fixture.
    fn path(&self, name: &[u8]) -> Vec<u8>;
    /// Puts a file there.
    fn put(&self, name: &[u8], content: &[u8]);
    /// What a file there holds.
    fn content(&self, name: &[u8]) -> Option<Vec<u8>>;
    /// Makes a folder there.
    fn make_folder(&self, name: &[u8]);
    /// Puts a link there; `false`: there are none at this place.
    fn link(&self, name: &[u8], to: &[u8]) -> bool;
}

/// A folder of this machine.
pub(super) struct LocalFolder(tempfile::TempDir);

impl LocalFolder {
    pub(super) fn new() -> LocalFolder {
        LocalFolder(tempfile::tempdir().expect("a folder"))
    }

    pub(super) fn at(&self, name: &[u8]) -> PathBuf {
        self.0.path().join(OsStr::from_bytes(name))
    }

    pub(super) fn put(&self, name: &[u8], content: &[u8]) {
        fs::write(self.at(name), content).expect("a file");
    }

    pub(super) fn content(&self, name: &[u8]) -> Option<Vec<u8>> {
        fs::read(self.at(name)).ok()
    }

    pub(super) fn make_folder(&self, name: &[u8]) {
        fs::create_dir(self.at(name)).expect("a folder");
    }

    pub(super) fn link(&self, name: &[u8], to: &[u8]) -> bool {
        std::os::unix::fs::symlink(OsStr::from_bytes(to), self.at(name)).is_ok()
    }
}

/// Runs the suite, each part in a fixture of its own.
pub(super) fn run<Y: PlaceFixture>(mut fixture: impl FnMut() -> Y) {
    names_of_every_kind_come_back(&fixture());
    sizes_around_the_pieces_come_back(&fixture());
    a_thousand_files_in_one_batch(&fixture());
    what_is_missing_is_missing(&fixture());
    folders_and_links_are_not_plain(&fixture());
    renaming_replaces_nothing(&fixture());
    sending_overwrites(&fixture());
    a_file_of_another_size_than_listed_is_changed(&fixture());
    a_bad_item_spoils_no_other(&fixture());
    a_shorter_file_of_ours_is_changed(&fixture());
    after_a_disconnect_it_goes_on(&fixture());
    empty_batches_have_no_results(&fixture());
}

/// Bytes that tell where they belong.
pub(super) fn bytes(seed: usize, size: usize) -> Vec<u8> {
    let mut state = seed as u64 + 1;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33).to_le_bytes()[0]
    };
    (0..size).map(|_| next()).collect()
}

/// Fetches files by path and size: what came, in their order.
pub(super) fn fetched(
    place: &mut dyn Place,
    files: &[(Vec<u8>, usize)],
) -> Vec<Result<Vec<u8>, Fault>> {
    let ours = tempfile::tempdir().expect("a folder");
    let at = |n: usize| ours.path().join(n.to_string());
    let fetch = |(n, (path, size)): (usize, &(Vec<u8>, usize))| {
        let local = at(n);
        FileTransfer {
            path: path.clone(),
            size: *size as u64,
            local: Box::new(move || File::create_new(local)),
        }
    };
    let results = place.fetch(files.iter().enumerate().map(fetch).collect());
    assert_eq!(results.len(), files.len());
    let read = |(n, result): (usize, Result<(), Fault>)| {
        result.map(|()| fs::read(at(n)).expect("a fetched file"))
    };
    results.into_iter().enumerate().map(read).collect()
}

/// Sends contents to paths.
pub(super) fn sent(place: &mut dyn Place, files: &[(Vec<u8>, Vec<u8>)]) -> Vec<Result<(), Fault>> {
    let ours = tempfile::tempdir().expect("a folder");
    let send = |(n, (path, content)): (usize, &(Vec<u8>, Vec<u8>))| {
        let local = ours.path().join(n.to_string());
        fs::write(&local, content).expect("a file to send");
        FileTransfer {
            path: path.clone(),
            size: content.len() as u64,
            local: Box::new(move || File::open(local)),
        }
    };
    let results = place.send(files.iter().enumerate().map(send).collect());
    assert_eq!(results.len(), files.len());
    results
}

fn kinds<T>(results: &[Result<T, Fault>]) -> Vec<Option<FaultKind>> {
    let kind = |r: &Result<T, Fault>| r.as_ref().err().map(|f| f.kind);
    results.iter().map(kind).collect()
}

fn fine<T>(results: Vec<Result<T, Fault>>) -> Vec<T> {
    let fine = |r: Result<T, Fault>| r.unwrap_or_else(|f| panic!("{:?}: {f}", f.kind));
    results.into_iter().map(fine).collect()
}

fn listed(place: &mut dyn Place, folder: &[u8]) -> Vec<RemoteFile> {
    let mut found = place.list(folder).unwrap_or_else(|f| panic!("{f}"));
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn names_of_every_kind_come_back(fixture: &dyn PlaceFixture) {
    let mut place = fixture.place();
    let longest = [b'n'; 255];
    let mut names: [&[u8]; 8] = [
        b"plain.csv",
        b"with a space .csv",
        "zo\u{eb}-\u{6587}.csv".as_bytes(),
        b"\xff\xfe raw \x80",
        b"-rf",
        b"new\nline",
        b"$(x) `y` *?[z] \\ ' \"",
        &longest,
    ];
    names.sort();
    fixture.make_folder(b"in");
    let folder = fixture.path(b"in");
    let at = |name: &[u8]| fixture.path(&[b"in/", name].concat());
    let files: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(n, name)| (at(name), bytes(n, 100 + n)))
        .collect();
    fine(sent(&mut *place, &files));
    let list = listed(&mut *place, &folder);
    assert!(list.iter().map(|e| e.name.as_slice()).eq(names));
    assert!(
        list.iter()
            .enumerate()
            .all(|(n, e)| e.plain && e.size == 100 + n as u64)
    );
    let paths: Vec<_> = files.iter().map(|f| f.0.clone()).collect();
    let looked = fine(place.look(&paths));
    assert_eq!(looked.into_iter().flatten().collect::<Vec<_>>(), list);
    let sizes: Vec<_> = files.iter().map(|f| (f.0.clone(), f.1.len())).collect();
    let came = fine(fetched(&mut *place, &sizes));
    assert!(came.iter().eq(files.iter().map(|f| &f.1)));
    let pairs: Vec<_> = paths
        .iter()
        .enumerate()
        .map(|(n, p)| (p.clone(), at(format!("{n}").as_bytes())))
        .collect();
    fine(place.rename(&pairs));
    assert_eq!(fixture.content(b"in/3").as_ref(), Some(&files[3].1));
    let renamed: Vec<_> = pairs.into_iter().map(|p| p.1).collect();
    fine(place.remove(&renamed));
    assert_eq!(listed(&mut *place, &folder), []);
}

fn sizes_around_the_pieces_come_back(fixture: &dyn PlaceFixture) {
    const SMALL: usize = 32 << 10;
    const LARGE: usize = 255 << 10;
    let mut sizes = vec![0, 1, 2, 5_000_003];
    for piece in [SMALL, 2 * SMALL, LARGE, 2 * LARGE, 1 << 20] {
        sizes.extend([piece - 1, piece, piece + 1]);
    }
    let mut place = fixture.place();
    let name = |size: usize| format!("f{size}").into_bytes();
    let files: Vec<_> = sizes
        .iter()
        .map(|s| (fixture.path(&name(*s)), bytes(*s, *s)))
        .collect();
    fine(sent(&mut *place, &files));
    for size in &sizes {
        assert!(
            fixture.content(&name(*size)) == Some(bytes(*size, *size)),
            "{size} sent"
        );
    }
    let wanted: Vec<_> = sizes
        .iter()
        .map(|s| (fixture.path(&name(*s)), *s))
        .collect();
    for (size, came) in sizes.iter().zip(fine(fetched(&mut *place, &wanted))) {
        assert!(came == bytes(*size, *size), "{size} fetched");
    }
}

fn a_thousand_files_in_one_batch(fixture: &dyn PlaceFixture) {
    let mut place = fixture.place();
    let name = |n: usize| fixture.path(format!("{n:04}").as_bytes());
    let files: Vec<_> = (0..1_000).map(|n| (name(n), bytes(n, n % 50))).collect();
    fine(sent(&mut *place, &files));
    let list = listed(&mut *place, &fixture.path(b""));
    assert_eq!(list.len(), 1_000);
    assert!(
        list.iter()
            .enumerate()
            .all(|(n, e)| e.size == n as u64 % 50)
    );
    let wanted: Vec<_> = (0..1_000).map(|n| (name(n), n % 50)).collect();
    // Again, on the same connection.
    for _ in 0..2 {
        let came = fine(fetched(&mut *place, &wanted));
        assert!(came.iter().eq(files.iter().map(|f| &f.1)));
    }
    let names: Vec<_> = (0..1_000).map(name).collect();
    fine(place.remove(&names));
    assert!(fine(place.look(&names)).iter().all(Option::is_none));
}

fn what_is_missing_is_missing(fixture: &dyn PlaceFixture) {
    let mut place = fixture.place();
    let missing = Some(FaultKind::Missing);
    let (nothing, in_nothing) = (fixture.path(b"nothing"), fixture.path(b"nowhere/x"));
    assert_eq!(kinds(&[place.list(&nothing)]), [missing]);
    assert_eq!(
        kinds(&fetched(&mut *place, &[(nothing.clone(), 3)])),
        [missing]
    );
    let files = [(in_nothing.clone(), b"abc".to_vec())];
    assert_eq!(kinds(&sent(&mut *place, &files)), [missing]);
    assert_eq!(
        fine(place.look(&[nothing.clone(), in_nothing])),
        [None, None]
    );
    assert_eq!(
        kinds(&place.remove(std::slice::from_ref(&nothing))),
        [missing]
    );
    let pair = (nothing, fixture.path(b"new"));
    assert_eq!(kinds(&place.rename(&[pair])), [missing]);
    fixture.put(b"file", b"abc");
    assert!(place.list(&fixture.path(b"file")).is_err());
}

fn folders_and_links_are_not_plain(fixture: &dyn PlaceFixture) {
    let mut place = fixture.place();
    fixture.put(b"a file", b"abc");
    fixture.make_folder(b"folder");
    let mut kinds = vec![("a file", true), ("folder", false)];
    if fixture.link(b"link", b"a file") {
        kinds.push(("link", false));
        assert!(fixture.link(b"lost", b"nothing"));
        kinds.push(("lost", false));
    }
    let list = listed(&mut *place, &fixture.path(b""));
    let found: Vec<_> = list.iter().map(|e| (e.name.as_slice(), e.plain)).collect();
    let wanted: Vec<_> = kinds.iter().map(|k| (k.0.as_bytes(), k.1)).collect();
    assert_eq!(found, wanted);
    let paths: Vec<_> = kinds.iter().map(|k| fixture.path(k.0.as_bytes())).collect();
    let looked: Vec<_> = fine(place.look(&paths)).into_iter().flatten().collect();
    assert!(looked.iter().map(|e| e.plain).eq(kinds.iter().map(|k| k.1)));
    assert!(fetched(&mut *place, &[(fixture.path(b"folder"), 3)])[0].is_err());
}

fn renaming_replaces_nothing(fixture: &dyn PlaceFixture) {
    let mut place = fixture.place();
    for (name, content) in [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")] {
        fixture.put(name, content);
    }
    let pair = |from: &[u8], to: &[u8]| (fixture.path(from), fixture.path(to));
    let results = place.rename(&[pair(b"a", b"b"), pair(b"c", b"d")]);
    assert_eq!(kinds(&results), [Some(FaultKind::Exists), None]);
    let content = |name| fixture.content(name);
    assert_eq!(content(b"a").as_deref(), Some(&b"1"[..]));
    assert_eq!(content(b"b").as_deref(), Some(&b"2"[..]));
    assert_eq!((content(b"c"), content(b"d")), (None, Some(b"3".to_vec())));
}

fn sending_overwrites(fixture: &dyn PlaceFixture) {
    let mut place = fixture.place();
    fixture.put(b"x", &bytes(1, 100_000));
    fixture.put(b"y", b"short");
    let files = [
        (fixture.path(b"x"), b"new".to_vec()),
        (fixture.path(b"y"), bytes(2, 70_000)),
    ];
    fine(sent(&mut *place, &files));
    assert_eq!(fixture.content(b"x"), Some(b"new".to_vec()));
    assert!(fixture.content(b"y") == Some(bytes(2, 70_000)));
}

fn a_file_of_another_size_than_listed_is_changed(fixture: &dyn PlaceFixture) {
    let mut place = fixture.place();
    for name in [b"shorter", b"longer.", b"empty.."] {
        fixture.put(name, &bytes(3, 600_000));
    }
    fixture.put(b"empty..", b"");
    let wanted = [
        (fixture.path(b"shorter"), 600_001),
        (fixture.path(b"longer."), 300_000),
        (fixture.path(b"empty.."), 1),
        (fixture.path(b"longer."), 0),
    ];
    let came = fetched(&mut *place, &wanted);
    let changed = Some(FaultKind::Changed);
    assert_eq!(kinds(&came), [changed; 4]);
}

fn a_bad_item_spoils_no_other(fixture: &dyn PlaceFixture) {
    let mut place = fixture.place();
    let ours = tempfile::tempdir().expect("a folder");
    let refused = |_: &Path| -> io::Result<File> { Err(io::Error::other("no")) };
    fixture.put(b"a", b"abc");
    let fetch = |name: &[u8], to: &str, open: &dyn Fn(&Path) -> io::Result<File>| {
        let opened = open(&ours.path().join(to));
        FileTransfer {
            path: fixture.path(name),
            size: 3,
            local: Box::new(move || opened),
        }
    };
    let create = |p: &Path| File::create(p);
    let results = place.fetch(vec![
        fetch(b"a", "1", &create),
        fetch(b"b", "2", &create),
        fetch(b"a", "3", &refused),
        fetch(b"a", "4", &create),
    ]);
    let (missing, local) = (Some(FaultKind::Missing), Some(FaultKind::Local));
    assert_eq!(kinds(&results), [None, missing, local, None]);
    assert_eq!(fs::read(ours.path().join("4")).expect("fetched"), b"abc");
    let send = |name: &[u8], open: &dyn Fn(&Path) -> io::Result<File>| {
        let opened = open(&ours.path().join("1"));
        FileTransfer {
            path: fixture.path(name),
            size: 3,
            local: Box::new(move || opened),
        }
    };
    let open = |p: &Path| File::open(p);
    let results = place.send(vec![
        send(b"c", &open),
        send(b"nowhere/d", &open),
        send(b"e", &refused),
        send(b"f", &open),
    ]);
    assert_eq!(kinds(&results), [None, missing, local, None]);
    assert_eq!(fixture.content(b"f"), Some(b"abc".to_vec()));
}

fn a_shorter_file_of_ours_is_changed(fixture: &dyn PlaceFixture) {
    let mut place = fixture.place();
    let ours = tempfile::tempdir().expect("a folder");
    let local = ours.path().join("x");
    fs::write(&local, b"abc").expect("a file to send");
    let results = place.send(vec![FileTransfer {
        path: fixture.path(b"x"),
        size: 4,
        local: Box::new(move || File::open(local)),
    }]);
    assert_eq!(kinds(&results), [Some(FaultKind::Changed)]);
}

fn after_a_disconnect_it_goes_on(fixture: &dyn PlaceFixture) {
    let mut place = fixture.place();
    fixture.put(b"a", b"abc");
    place.keep_alive();
    place.connect().expect("a connection");
    for _ in 0..3 {
        place.keep_alive();
        assert_eq!(
            fine(fetched(&mut *place, &[(fixture.path(b"a"), 3)])),
            [b"abc"]
        );
        place.disconnect();
        place.disconnect();
        assert_eq!(listed(&mut *place, &fixture.path(b"")).len(), 1);
    }
}

fn empty_batches_have_no_results(fixture: &dyn PlaceFixture) {
    let mut place = fixture.place();
    assert!(place.fetch(Vec::new()).is_empty() && place.send(Vec::new()).is_empty());
    assert!(place.look(&[]).is_empty() && place.rename(&[]).is_empty());
    assert!(place.remove(&[]).is_empty());
    assert_eq!(listed(&mut *place, &fixture.path(b"")), []);
}
