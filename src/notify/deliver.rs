//! One telling by the way of its hook.

use super::message::AlertMessage;
use super::settings::{Hook, HookAddress, NotifySettings};
use super::{command, mail, webhook};

/// Tells a hook, and gives what came back.
///
/// # Errors
/// The reason why it did not arrive, in words.
pub async fn deliver(settings: &NotifySettings, hook: &Hook, message: &AlertMessage) -> Result<String, String> {
    match &hook.address {
        HookAddress::Command(argv) => {
            let input = message.to_json().map_err(|error| error.to_string())?;
            command::run(argv, &settings.dir, input.as_bytes(), hook.timeout).await
        }
        HookAddress::Webhook { url, format, secret } => {
            let (url, format, secret) = (url.clone(), *format, secret.clone());
            let (message, limit) = (message.clone(), hook.timeout);
            let post =
                tokio::task::spawn_blocking(move || webhook::post(&url, format, secret.as_ref(), &message, limit));
            match post.await {
                Ok(said) => said,
                Err(panic) => Err(format!("internal error: {panic}")),
            }
        }
        HookAddress::Mail(to) => mail::send(settings, to, message, hook.timeout).await,
    }
}
