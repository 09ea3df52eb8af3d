//! A queue of bytes.

/// Bytes in one piece of memory that are added at one end and taken at the other. Memory that it has grown to isn't
/// initialised again, so taking room costs nothing.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    pub(super) fn held(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Room behind what it holds, of at least this length; what is written there counts once it is [`Buffer::added`].
    pub(super) fn room(&mut self, least: usize) -> &mut [u8] {
        if self.bytes.len() - self.end < least {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            if self.bytes.len() - self.end < least {
                self.bytes.resize(self.end + least, 0);
            }
        }
        &mut self.bytes[self.end..]
    }

    /// Counts bytes that were written into the room.
    pub(super) fn added(&mut self, count: usize) {
        self.end = (self.end + count).min(self.bytes.len());
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.added(bytes.len());
    }

    /// Drops bytes from the front.
    pub(super) fn gone(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Drops bytes that were added last.
    pub(super) fn take_back(&mut self, count: usize) {
        self.end = self.end.saturating_sub(count).max(self.start);
    }

    /// Frees its memory if it is empty.
    pub(super) fn release(&mut self) {
        if self.is_empty() {
            *self = Buffer::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_in_order_however_it_is_cut() {
        let mut buffer = Buffer::default();
        let (mut given, mut taken) = (0u8, Vec::new());
        for turn in 0..200u8 {
            let piece: Vec<u8> = (0..turn % 7).map(|n| given.wrapping_add(n)).collect();
            given = given.wrapping_add(turn % 7);
            buffer.put(&piece);
            let count = usize::from(turn % 5).min(buffer.len());
            taken.extend_from_slice(&buffer.held()[..count]);
            buffer.gone(count);
        }
        taken.extend_from_slice(buffer.held());
        assert!(taken.len() > 500);
        assert!(taken.windows(2).all(|w| w[1] == w[0].wrapping_add(1)));
    }

    #[test]
    fn taking_back_and_going_beyond_stay_inside() {
        let mut buffer = Buffer::default();
        buffer.put(b"abcdef");
        buffer.gone(2);
        buffer.take_back(1);
        assert_eq!(buffer.held(), b"cde");
        buffer.take_back(9);
        assert!(buffer.is_empty());
        buffer.gone(9);
        assert_eq!(buffer.len(), 0);
    }
}
