//! The HTTP endpoint: `GET /metrics`, and nothing else.

use super::catalogue::Catalogue;
use super::observer::Observer;
use super::{process, recorder};
use crate::model::Event;
use crate::store::Store;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Semaphore, broadcast, watch};

/// Each replica that is asked, with the milliseconds that it is behind, where it says so; `None` while nobody asks.
pub type ReplicaLags = Option<Vec<(String, Option<u64>)>>;

/// Requests that are answered at a time.
const AT_A_TIME: usize = 8;
/// Time that a request may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// Bytes that the head of a request may have.
const LONGEST: usize = 8 << 10;

/// The address of `--metrics`: a port alone is one of this machine only.
///
/// # Errors
/// The fault in it, in words.
pub fn metrics_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    text.parse().map_err(|_| "a port, or an address and a port such as 127.0.0.1:9187".to_owned())
}

/// The endpoint, bound and answering. It ends when it is dropped.
pub struct MetricsServer {
    address: SocketAddr,
    store: Store,
    catalogue: Arc<Catalogue>,
    tasks: std::sync::Mutex<tokio::task::JoinSet<()>>,
}

impl MetricsServer {
    /// Binds and answers.
    ///
    /// # Errors
    /// An address that cannot be had.
    pub async fn start(address: SocketAddr, store: Store) -> std::io::Result<MetricsServer> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let catalogue = Arc::new(Catalogue::new().map_err(std::io::Error::other)?);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(answer_all(listener, catalogue.clone(), Observer::new(store.clone())));
        Ok(MetricsServer { address, store, catalogue, tasks: std::sync::Mutex::new(tasks) })
    }

    /// Address at which it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Records the events of a worker.
    pub fn follow(&self, events: broadcast::Receiver<Event>) {
        let recording = recorder::record(self.store.clone(), self.catalogue.clone(), events);
        self.tasks.lock().unwrap_or_else(std::sync::PoisonError::into_inner).spawn(recording);
    }

    /// Shows how far replicas are behind, as a worker tells it.
    pub fn follow_lags(&self, mut lags: watch::Receiver<ReplicaLags>) {
        let catalogue = self.catalogue.clone();
        let showing = async move {
            loop {
                catalogue.show_lags(lags.borrow_and_update().as_deref().unwrap_or_default());
                if lags.changed().await.is_err() {
                    return;
                }
            }
        };
        self.tasks.lock().unwrap_or_else(std::sync::PoisonError::into_inner).spawn(showing);
    }
}

async fn answer_all(listener: TcpListener, catalogue: Arc<Catalogue>, observer: Observer) {
    let (room, observer) = (Arc::new(Semaphore::new(AT_A_TIME)), Arc::new(Mutex::new(observer)));
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::debug!(%error, "a request for the metrics was not taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (catalogue, observer) = (catalogue.clone(), observer.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(PATIENCE, answer(stream, &catalogue, &observer)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::trace!(%error, "a request for the metrics ended badly"),
                Err(_) => tracing::trace!("a request for the metrics took too long"),
            }
            drop(permit);
        });
    }
}

async fn answer(mut stream: TcpStream, catalogue: &Catalogue, observer: &Mutex<Observer>) -> std::io::Result<()> {
    let head = head(&mut stream).await?;
    let mut words = head.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    let (status, body) = match (method, path) {
        ("GET" | "HEAD", "/metrics") => {
            observer.lock().await.observe(catalogue).await;
            process::observe(catalogue);
            ("200 OK", catalogue.text())
        }
        ("GET" | "HEAD", _) => ("404 Not Found", "The metrics are at /metrics.\n".to_owned()),
        _ => ("405 Method Not Allowed", String::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    if method != "HEAD" {
        stream.write_all(body.as_bytes()).await?;
    }
    stream.shutdown().await
}

/// The head of a request.
async fn head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let mut part = [0; 1024];
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") && bytes.len() < LONGEST {
        match stream.read(&mut part).await? {
            0 => break,
            read => bytes.extend_from_slice(&part[..read]),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_for_this_machine_only() {
        assert_eq!(metrics_address("9187").unwrap().to_string(), "127.0.0.1:9187");
        assert_eq!(metrics_address("0.0.0.0:1").unwrap().to_string(), "0.0.0.0:1");
        assert_eq!(metrics_address("[::1]:9187").unwrap().to_string(), "[::1]:9187");
        assert!(metrics_address("db1:9187").unwrap_err().contains("127.0.0.1:9187"));
    }
}
