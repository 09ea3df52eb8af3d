//! The conformance suite on the place in memory that the transfer tests use.

use super::suite::{self, PlaceFixture};
use crate::memory::MemoryPlace;
use feedgate::internal::transport::Place;

impl PlaceFixture for MemoryPlace {
    fn place(&self) -> Box<dyn Place> {
        Box::new(self.clone())
    }

    fn path(&self, name: &[u8]) -> Vec<u8> {
        match name {
            b"" => b"/yard".to_vec(),
            name => [b"/yard/", name].concat(),
        }
    }

    fn put(&self, name: &[u8], content: &[u8]) {
        MemoryPlace::put(self, self.path(name), content);
    }

    fn content(&self, name: &[u8]) -> Option<Vec<u8>> {
        MemoryPlace::content(self, self.path(name))
    }

    fn make_folder(&self, name: &[u8]) {
        let path = String::from_utf8(self.path(name)).expect("a plain name");
        MemoryPlace::make_folder(self, &path);
    }

    fn link(&self, name: &[u8], _: &[u8]) -> bool {
        self.put_other(self.path(name));
        true
    }
}

#[test]
fn the_place_in_memory_is_a_place_like_the_others() {
    suite::run(|| {
        let memory = MemoryPlace::new();
        MemoryPlace::make_folder(&memory, "/yard");
        memory
    });
}
