//! The number of warnings that the server says with the end of each statement, which the driver does not hand on. Where it
//! is 0 nobody needs to ask for them: on the way from the server to the driver it is read in passing.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of a packet that are looked at: the head of an OK packet, two numbers of at most nine bytes, two of two.
const LOOKED_AT: usize = 23;
/// In place of a number: it was not said, or not where it can be read.
const UNSAID: u32 = u32::MAX;
/// The client's answer to the greeting asks for TLS (CLIENT_SSL): nothing can be read behind it.
const SECRET: u8 = 0x08;

/// The last number of warnings that was said.
#[derive(Debug, Clone)]
pub(super) struct Overheard(Arc<AtomicU32>);

impl Default for Overheard {
    fn default() -> Overheard {
        Overheard(Arc::new(AtomicU32::new(UNSAID)))
    }
}

impl Overheard {
    /// A statement is sent: what was said before is not about it.
    pub(super) fn forget(&self) {
        self.0.store(UNSAID, Ordering::Release);
    }

    /// True if the last statement's answer was an OK that counts no warning.
    pub(super) fn no_warning(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }

    /// Nothing where the packet with which a client answers the greeting asks for TLS.
    pub(super) fn unless_secret(self, answer: &[u8]) -> Option<Overheard> {
        // The capabilities are the first four bytes behind the packet's head.
        answer.get(5).is_some_and(|capabilities| capabilities & SECRET == 0).then_some(self)
    }
}

/// The server's side of a connection, whose packets are looked at as they pass.
#[derive(Debug)]
pub(super) struct Watched<S> {
    server: S,
    overheard: Option<Overheard>,
    /// The packet under way: its head, then its first bytes.
    seen: Vec<u8>,
    /// Bytes of the packet that are still to come, once its head is here.
    missing: usize,
}

impl<S> Watched<S> {
    pub(super) fn new(server: S, overheard: Option<Overheard>) -> Watched<S> {
        Watched { server, overheard, seen: Vec::with_capacity(LOOKED_AT + 4), missing: 0 }
    }

    /// Takes in what has come. Packets follow each other without a gap: three bytes of length, one of number.
    fn look(&mut self, mut bytes: &[u8]) {
        let Some(overheard) = &self.overheard else { return };
        while let Some(byte) = bytes.first() {
            if self.seen.len() < 4 {
                self.seen.push(*byte);
                bytes = &bytes[1..];
                if let [low, middle, high, _] = self.seen[..] {
                    self.missing = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
                }
            } else {
                let here = self.missing.min(bytes.len());
                let wanted = here.min((LOOKED_AT + 4).saturating_sub(self.seen.len()));
                self.seen.extend_from_slice(&bytes[..wanted]);
                self.missing -= here;
                bytes = &bytes[here..];
            }
            if self.seen.len() >= 4 && self.missing == 0 {
                overheard.0.store(warnings(&self.seen[4..]).map_or(UNSAID, u32::from), Ordering::Release);
                self.seen.clear();
            }
        }
    }
}

/// The number of warnings in an OK packet: a zero, the affected rows, the last number given, status (2), warnings (2).
fn warnings(packet: &[u8]) -> Option<u16> {
    let rest = packet.strip_prefix(&[0])?;
    let rest = number(number(rest)?)?;
    let bytes = rest.get(2..4)?.try_into().ok()?;
    Some(u16::from_le_bytes(bytes))
}

/// What stands behind a number of one, three, four or nine bytes.
fn number(bytes: &[u8]) -> Option<&[u8]> {
    let length = match bytes.first()? {
        0xfc => 3,
        0xfd => 4,
        0xfe => 9,
        0xfb | 0xff => return None,
        _ => 1,
    };
    bytes.get(length..)
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.server).poll_read(context, into))?;
        self.look(&into.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.server).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.server).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.server).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known after these bytes, which come in pieces of a length.
    fn heard(bytes: &[u8], piece: usize) -> u32 {
        let overheard = Overheard::default();
        let mut watched = Watched::new((), Some(overheard.clone()));
        bytes.chunks(piece).for_each(|bytes| watched.look(bytes));
        overheard.0.load(Ordering::Acquire)
    }

    #[test]
    fn the_end_of_a_statement_says_how_many_warnings_it_gave() {
        let plain = b"\x07\0\0\x01\0\0\0\x02\0\0\0";
        let two = b"\x12\0\0\x01\0\xfc\x10\x27\xfd\x01\0\x01\x02\0\x02\0\x05Note:";
        let error = b"\x0b\0\0\x01\xff\x28\x04#42000oh";
        let rows = b"\x01\0\0\x01\x01\x05\0\0\x05\xfe\x03\0\x22\0";
        for piece in [1, 2, 3, 100] {
            assert_eq!(heard(plain, piece), 0);
            assert_eq!(heard(two, piece), 2);
            assert_eq!(heard(&[&two[..], plain].concat(), piece), 0, "the last one counts");
            assert_eq!(heard(&[&plain[..], error].concat(), piece), UNSAID);
            assert_eq!(heard(&[&plain[..], rows].concat(), piece), UNSAID, "behind rows it is asked for");
            assert_eq!(heard(&[plain, &two[..9]].concat(), piece), 0, "half a packet says nothing");
        }
    }

    #[test]
    fn nothing_is_heard_of_what_is_secret() {
        assert!(Overheard::default().unless_secret(b"\x20\0\0\x01\x85\xae\xbf\0").is_none());
        assert!(Overheard::default().unless_secret(b"\x20\0\0\x01\x85\xa6\xbf\0").is_some());
        let mut watched = Watched::new((), None);
        watched.look(b"\x07\0\0\x01\0\0\0\x02\0\0\0");
        assert!(watched.seen.is_empty());
    }
}
