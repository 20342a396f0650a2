//! Whether the metrics of a worker answer.

use crate::store::MetricsAt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Time that they may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// A name that stands in every answer of ours.
const OURS: &str = "caribou_build_info";

/// Asks them from here; the evidence, or why they do not answer.
pub(super) async fn answer(at: &MetricsAt) -> Result<String, String> {
    let MetricsAt { host, address } = at;
    let place = format!("metrics at {address} on {host}");
    match tokio::time::timeout(PATIENCE, ask(address)).await {
        Ok(Ok(text)) if text.contains(OURS) => Ok(format!("{place} answer")),
        Ok(Ok(_)) => Err(format!("{place}: another program answers there")),
        Ok(Err(error)) => Err(format!("{place} do not answer from here: {error}")),
        Err(_) => Err(format!("{place} do not answer from here within {} s", PATIENCE.as_secs())),
    }
}

async fn ask(address: &str) -> std::io::Result<String> {
    let mut address: SocketAddr = address.parse().map_err(std::io::Error::other)?;
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").await?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
