//! An alert as an HTTP POST, signed where a secret is configured.

use super::command::first_line;
use super::message::AlertMessage;
use super::settings::WebhookFormat;
use crate::database::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The header that holds the signature: `sha256=` and the HMAC-SHA256 of the body, in hexadecimal digits.
const SIGNATURE: &str = "X-Caribou-Signature";
/// Bytes of an answer that are read.
const ANSWER: u64 = 4 << 10;

/// Posts the message; it blocks. Redirections are not followed: an alert goes where it was said, and nowhere else.
///
/// # Errors
/// The reason why it did not arrive, without the address, which may hold a secret.
pub(super) fn post(
    url: &str,
    format: WebhookFormat,
    secret: Option<&Secret>,
    message: &AlertMessage,
    limit: Duration,
) -> Result<String, String> {
    let body = match format {
        WebhookFormat::Json => message.to_json(),
        WebhookFormat::Slack => message.to_slack(),
    };
    let body = body.map_err(|error| error.to_string())?;
    let agent = agent(url.starts_with("https:"), limit)?;
    let mut request =
        agent.post(url).header("Content-Type", "application/json").header("Idempotency-Key", &header(&message.key));
    if let Some(secret) = secret {
        request = request.header(SIGNATURE, &format!("sha256={}", signature(secret, body.as_bytes())?));
    }
    let mut answer = request.send(body.as_bytes()).map_err(|error| without(url, &error.to_string()))?;
    let status = answer.status();
    let said = answer.body_mut().with_config().limit(ANSWER).lossy_utf8(true).read_to_string().unwrap_or_default();
    let said = without(url, &first_line(&said));
    match status.is_success() {
        true => Ok(format!("{status}: {said}")),
        false => Err(format!("the server answered {status}: {said}")),
    }
}

/// A client that trusts who this machine trusts.
fn agent(is_tls: bool, limit: Duration) -> Result<ureq::Agent, String> {
    let mut config = ureq::Agent::config_builder()
        .timeout_global(Some(limit))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("caribou/", env!("CARGO_PKG_VERSION")));
    if is_tls {
        let found = rustls_native_certs::load_native_certs();
        if found.certs.is_empty() {
            return Err(
                "this machine has no certificates of authorities (ca-certificates), so none can be trusted".into()
            );
        }
        let roots: Vec<Certificate<'static>> =
            found.certs.iter().map(|cert| Certificate::from_der(cert).to_owned()).collect();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .unversioned_rustls_crypto_provider(provider)
            .build();
        config = config.tls_config(tls);
    }
    Ok(config.build().new_agent())
}

/// The signature of a body.
fn signature(secret: &Secret, body: &[u8]) -> Result<String, String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).map_err(|error| error.to_string())?;
    mac.update(body);
    Ok(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A text that may stand in a header.
fn header(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect()
}

/// A text in which the address does not stand, nor the part of it that may be secret.
fn without(url: &str, text: &str) -> String {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let text = text.replace(url, "the address");
    if path.len() < 4 { text } else { text.replace(path, "***") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_of_the_standard() {
        // RFC 4231, test case 2.
        let signed = signature(&Secret::new("Jefe"), b"what do ya want for nothing?").unwrap();
        assert_eq!(signed, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn no_error_shows_the_address() {
        let url = "https://hooks.example.org/services/T0/B0/secret";
        let told = without(url, &format!("cannot connect to {url}, /services/T0/B0/secret"));
        assert!(!told.contains("secret"), "{told}");
    }
}
