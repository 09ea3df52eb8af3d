//! Packets as servers write them, and as they should not.

use super::super::limits;
use super::super::reply::*;

const VERSION: u8 = 2;
const STATUS: u8 = 101;
const HANDLE: u8 = 102;
const NAME: u8 = 104;
const ATTRS: u8 = 105;

fn packet(kind: u8, id: u32, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend_from_slice(&id.to_be_bytes());
    out.extend(parts.concat());
    out
}

fn text(bytes: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    out.extend_from_slice(bytes);
    out
}

#[test]
fn the_length_is_bounded_before_anything_is_kept() {
    assert_eq!(length(&[0, 0, 0]), Ok(None));
    assert_eq!(length(&[0, 0, 0, 5]), Ok(Some(9)));
    assert!(length(&[0, 0, 0, 4, 1]).is_err());
    let most = u32::try_from(limits::PACKET).unwrap();
    assert_eq!(length(&most.to_be_bytes()), Ok(Some(limits::PACKET + 4)));
    assert!(length(&(most + 1).to_be_bytes()).is_err());
    // What a login script prints.
    assert!(length(b"Welcome").is_err());
}

#[test]
fn a_status_may_come_without_its_words() {
    let bare = packet(STATUS, 3, &[&2u32.to_be_bytes()]);
    assert_eq!(
        read(&bare),
        Ok((3, Reply::Status(StatusCode::Missing, b"")))
    );
    let whole = packet(STATUS, 3, &[&1u32.to_be_bytes(), &text(b"End"), &text(b"")]);
    assert_eq!(
        read(&whole),
        Ok((3, Reply::Status(StatusCode::End, b"End")))
    );
}

#[test]
fn a_long_handle_is_refused() {
    let longest = packet(HANDLE, 1, &[&text(&[7; 256])]);
    assert!(matches!(read(&longest), Ok((1, Reply::Handle(h))) if h.len() == 256));
    assert!(read(&packet(HANDLE, 1, &[&text(&[7; 257])])).is_err());
}

#[test]
fn attributes_are_read_with_everything_in_them() {
    let flags = (1u32 | 2 | 4 | 8 | 1 << 31).to_be_bytes();
    let parts: [&[u8]; 9] = [
        &flags,
        &77u64.to_be_bytes(),
        &[0; 8],
        &0o100_644u32.to_be_bytes(),
        &[0; 4],
        &5u32.to_be_bytes(),
        &1u32.to_be_bytes(),
        &text(b"a"),
        &text(b"b"),
    ];
    let whole = packet(ATTRS, 1, &parts);
    let Ok((1, Reply::Attributes(found))) = read(&whole) else {
        panic!("{:?}", read(&whole));
    };
    assert_eq!((found.size, found.modified), (Some(77), Some(5)));
    assert_eq!(found.plain(), Some(true));
    // Cut anywhere it is refused.
    for cut in 5..whole.len() {
        assert!(read(&whole[..cut]).is_err(), "{cut}");
    }
    // A number of extensions that no packet can hold ends with the packet.
    let many = packet(ATTRS, 1, &[&(1u32 << 31).to_be_bytes(), &[0xff; 4]]);
    assert!(read(&many).is_err());
    assert!(read(&packet(ATTRS, 1, &[&16u32.to_be_bytes()])).is_err());
}

#[test]
fn entries_are_read_one_by_one_and_their_number_is_not_trusted() {
    let entry = [text(b"a.csv"), text(b"-rw"), vec![0; 4]].concat();
    let both = packet(NAME, 1, &[&3u32.to_be_bytes(), &entry, &entry]);
    let Ok((1, Reply::Names(mut names))) = read(&both) else {
        panic!("{:?}", read(&both));
    };
    assert_eq!(names.next().unwrap().unwrap().name, b"a.csv");
    assert_eq!(names.next().unwrap().unwrap().line, b"-rw");
    assert!(names.next().is_err());
    let long = packet(NAME, 1, &[&1u32.to_be_bytes(), &text(&vec![b'x'; 4097])]);
    let Ok((1, Reply::Names(mut names))) = read(&long) else {
        panic!();
    };
    assert!(names.next().is_err());
}

#[test]
fn the_version_names_extensions() {
    let mut whole = vec![VERSION, 0, 0, 0, 3];
    whole.extend(text(b"fsync@openssh.com"));
    whole.extend(text(b"1"));
    assert_eq!(
        version(&whole),
        Ok((3, vec![b"fsync@openssh.com".as_slice()]))
    );
    assert!(version(&whole[..whole.len() - 1]).is_err());
    assert!(version(&[STATUS, 0, 0, 0, 3]).is_err());
    assert!(server_limits(&[0; 31]).is_err());
    assert_eq!(server_limits(&[0; 32]), Ok([0; 4]));
}
