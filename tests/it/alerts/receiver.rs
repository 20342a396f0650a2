//! A little HTTP server on this machine that keeps what it is sent.

use hmac::{Hmac, KeyInit, Mac};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use sha2::Sha256;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The part of the address that would be secret.
const PATH: &str = "services/T0/B0/hush";

/// The server; its thread ends with the test's process.
pub struct Receiver {
    port: u16,
    posts: Arc<Mutex<Vec<Post>>>,
    scheme: &'static str,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Post {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Receiver {
    pub fn start() -> Receiver {
        Receiver::serving(None)
    }

    /// One that speaks TLS with this certificate.
    pub fn start_tls(certificate: &Path, key: &Path) -> Receiver {
        let chain = CertificateDer::pem_file_iter(certificate).expect("a file").map(|one| one.expect("a certificate"));
        let key = PrivateKeyDer::from_pem_file(key).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("TLS")
            .with_no_client_auth()
            .with_single_cert(chain.collect(), key);
        Receiver::serving(Some(Arc::new(config.expect("a certificate and its key"))))
    }

    fn serving(tls: Option<Arc<ServerConfig>>) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let posts = Arc::new(Mutex::new(Vec::new()));
        let kept = posts.clone();
        let scheme = if tls.is_some() { "https" } else { "http" };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                match &tls {
                    None => take(stream, &kept),
                    Some(config) => {
                        let connection = ServerConnection::new(config.clone()).expect("a connection");
                        take(StreamOwned::new(connection, stream), &kept);
                    }
                }
            }
        });
        Receiver { port, posts, scheme }
    }

    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}/{PATH}", self.scheme, self.port)
    }

    pub fn path(&self) -> &str {
        PATH
    }

    pub fn count(&self) -> usize {
        self.posts.lock().expect("no panic while it is held").len()
    }

    /// The only request that came.
    #[track_caller]
    pub fn one(&self) -> Post {
        let posts = self.posts.lock().expect("no panic while it is held");
        assert_eq!(posts.len(), 1, "{posts:?}");
        posts[0].clone()
    }
}

fn take(mut stream: impl Read + Write, kept: &Mutex<Vec<Post>>) {
    if let Some(post) = read(&mut stream) {
        kept.lock().expect("no panic while it is held").push(post);
        answer(&mut stream);
    }
}

fn read(stream: impl Read) -> Option<Post> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    // Nothing comes of somebody who does not trust this server.
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    assert_eq!(line, format!("POST /{PATH} HTTP/1.1\r\n"));
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Post { headers, body })
}

fn answer(stream: &mut impl Write) {
    let text = "thank you";
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}", text.len());
    stream.write_all(head.as_bytes()).and_then(|()| stream.flush()).ok();
}

impl Post {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Checks the signature over the body as it came.
    #[track_caller]
    pub fn is_signed_with(&self, secret: &str) {
        let signed =
            self.header("x-caribou-signature").expect("a signature").strip_prefix("sha256=").expect("its form");
        let bytes: Vec<u8> = (0..signed.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&signed[at..at + 2], 16).expect("digits"))
            .collect();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
        mac.update(&self.body);
        mac.verify_slice(&bytes).expect("the signature is the one of the body");
    }
}
