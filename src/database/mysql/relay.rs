//! A connection that asks for no more than the servers' own clients do.
//!
//! The driver asks for whatever it knows of the capabilities that a server offers, and leaves no choice: with
//! CLIENT_FOUND_ROWS an UPDATE counts the rows that it found, so that `ROW_COUNT()` tells a file's next statement another
//! number than under the native client; CLIENT_IGNORE_SPACE adds a mode; CLIENT_MULTI_STATEMENTS lets the server run what
//! a splitter missed. So the server's greeting is handed to the driver without these offers. Everything behind the
//! greeting goes through as it is, TLS included.

use super::overheard::{Overheard, Watched};
use crate::database::ServerAddress;
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener, UnixStream};

/// CLIENT_FOUND_ROWS, CLIENT_IGNORE_SPACE, CLIENT_MULTI_STATEMENTS.
const WITHHELD: u32 = 0x2 | 0x100 | 0x1_0000;
/// A greeting is of about a hundred bytes; an error in its place of some hundred.
const LONGEST_GREETING: usize = 1 << 16;
/// Number of bytes that are read at once of either side.
const PIECE: usize = 1 << 16;
/// A socket's path may have 108 bytes on Linux, and 104 elsewhere.
const LONGEST_PATH: usize = 100;

/// A place where the driver meets a connection to the server; it can be used once.
#[derive(Debug)]
pub(super) struct Relay {
    folder: PathBuf,
    overheard: Overheard,
}

impl Relay {
    /// Connects to the server and offers the connection. It lasts until either side ends it.
    ///
    /// # Errors
    /// The server cannot be reached, or there is no room for a socket.
    pub(super) async fn open(address: &ServerAddress) -> io::Result<Relay> {
        match &address.socket {
            Some(path) => Relay::to(UnixStream::connect(path).await?),
            None => {
                let server = TcpStream::connect((address.host.as_str(), address.port)).await?;
                server.set_nodelay(true)?;
                Relay::to(server)
            }
        }
    }

    fn to<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(server: S) -> io::Result<Relay> {
        let relay = Relay { folder: folder()?, overheard: Overheard::default() };
        let listener = UnixListener::bind(relay.path())?;
        let overheard = relay.overheard.clone();
        tokio::spawn(async move {
            match carry(server, listener, overheard).await {
                Ok(()) => {}
                Err(error) => tracing::debug!(%error, "a connection to the server broke"),
            }
        });
        Ok(relay)
    }

    /// Words of the server that the driver keeps to itself.
    pub(super) fn overheard(&self) -> Overheard {
        self.overheard.clone()
    }

    /// The socket's path.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join("s")
    }
}

impl Drop for Relay {
    /// Removes the folder. Connections that are made stay.
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::debug!(%error, "a socket's folder could not be removed");
        }
    }
}

/// A folder that nobody else can look into, with a short path.
fn folder() -> io::Result<PathBuf> {
    let name = format!("caribou-{}-{:016x}", std::process::id(), fastrand::u64(..));
    let usual = std::env::temp_dir().join(&name);
    let folder = if usual.as_os_str().len() < LONGEST_PATH { usual } else { Path::new("/tmp").join(&name) };
    std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
    Ok(folder)
}

async fn carry<S: AsyncRead + AsyncWrite + Unpin>(
    mut server: S,
    listener: UnixListener,
    overheard: Overheard,
) -> io::Result<()> {
    let mut driver = meet(listener).await?;
    let greeting = greeting(&mut server).await?;
    driver.write_all(&greeting).await?;
    let answer = first_packet(&mut driver).await?;
    server.write_all(&answer).await?;
    let mut server = Watched::new(server, overheard.unless_secret(&answer));
    tokio::io::copy_bidirectional_with_sizes(&mut driver, &mut server, PIECE, PIECE).await.map(drop)
}

/// The driver, and nobody else.
async fn meet(listener: UnixListener) -> io::Result<UnixStream> {
    let (driver, _) = listener.accept().await?;
    let own = i32::try_from(std::process::id()).ok();
    match driver.peer_cred()?.pid() {
        pid if pid.is_none() || pid == own => Ok(driver),
        _ => Err(io::Error::new(ErrorKind::PermissionDenied, "another process came to a socket of ours")),
    }
}

/// The server's first packet, with fewer offers.
async fn greeting<S: AsyncRead + Unpin>(server: &mut S) -> io::Result<Vec<u8>> {
    let mut packet = first_packet(server).await?;
    withhold(&mut packet[4..]);
    Ok(packet)
}

/// The first packet of one side, with its head.
async fn first_packet<S: AsyncRead + Unpin>(side: &mut S) -> io::Result<Vec<u8>> {
    let mut packet = vec![0; 4];
    side.read_exact(&mut packet).await?;
    let length = usize::from(packet[0]) | usize::from(packet[1]) << 8 | usize::from(packet[2]) << 16;
    if length > LONGEST_GREETING {
        return Err(io::Error::new(ErrorKind::InvalidData, "this is no greeting of a MySQL or MariaDB server"));
    }
    packet.resize(4 + length, 0);
    side.read_exact(&mut packet[4..]).await?;
    Ok(packet)
}

/// Takes the offers out of a greeting: version 10, the server's version up to a zero, connection id (4), scramble (8), a
/// zero, the lower half of the capabilities (2), character set (1), status (2), the upper half (2). An error has another
/// first byte, and is left alone.
fn withhold(greeting: &mut [u8]) {
    let version = greeting.iter().skip(1).position(|byte| *byte == 0);
    let (Some(10), Some(version)) = (greeting.first(), version) else { return };
    let lower = 1 + version + 1 + 4 + 8 + 1;
    for (at, bits) in [(lower, WITHHELD.to_le_bytes()[..2].to_vec()), (lower + 5, WITHHELD.to_le_bytes()[2..].to_vec())]
    {
        for (offer, withheld) in greeting.iter_mut().skip(at).zip(bits) {
            *offer &= !withheld;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::withhold;

    #[test]
    fn a_greeting_keeps_what_the_native_client_asks_for() {
        let mut greeting = b"\x0a10.11.19-MariaDB\0\x01\0\0\0abcdefgh\0\xff\xff\x2d\x02\0\xff\xc1".to_vec();
        let before = greeting.clone();
        withhold(&mut greeting);
        let changed: Vec<(usize, u8)> = (0..)
            .zip(&greeting)
            .zip(&before)
            .filter(|((_, now), then)| now != then)
            .map(|((at, now), _)| (at, *now))
            .collect();
        assert_eq!(changed, [(31, 0xfd), (32, 0xfe), (36, 0xfe)]);
        let mut error = b"\xff\x10\x04#08004Too many connections".to_vec();
        withhold(&mut error);
        assert_eq!(error, b"\xff\x10\x04#08004Too many connections");
    }
}
