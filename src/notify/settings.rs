//! Hooks as they are configured.

use crate::database::Secret;
use crate::model::AlertType;
use std::path::PathBuf;
use std::time::Duration;

/// Everything about delivery.
#[derive(Debug, Clone)]
pub struct NotifySettings {
    pub hooks: Vec<Hook>,
    /// Pause before a delivery that failed is tried again; each further pause is four times as long.
    pub retry: Duration,
    /// Time that a worker which ends waits for hooks that have not been told everything yet.
    pub linger: Duration,
    /// The program that takes mail, as `sendmail` does.
    pub sendmail: PathBuf,
    /// Sender of mail; the program's own choice where there is none.
    pub mail_from: Option<String>,
    /// The directory that commands run in.
    pub dir: PathBuf,
}

impl Default for NotifySettings {
    fn default() -> Self {
        NotifySettings {
            hooks: Vec::new(),
            retry: Duration::from_secs(5),
            linger: Duration::from_secs(10),
            sendmail: "/usr/sbin/sendmail".into(),
            mail_from: None,
            dir: ".".into(),
        }
    }
}

/// A way by which somebody is told.
#[derive(Debug, Clone)]
pub struct Hook {
    pub name: String,
    pub address: HookAddress,
    /// Name of who is reached by it, for people.
    pub contact: Option<String>,
    /// The level of an alert from which it is told, from 1.
    pub level: u32,
    /// The least grave type that it is told.
    pub least: AlertType,
    /// Time that one delivery may take.
    pub timeout: Duration,
}

/// Address that a hook leads to.
#[derive(Debug, Clone)]
pub enum HookAddress {
    /// Program and arguments; the alert is its input, as JSON.
    Command(Vec<String>),
    Webhook {
        url: String,
        format: WebhookFormat,
        /// Signs the body.
        secret: Option<Secret>,
    },
    /// Recipient of a mail.
    Mail(String),
}

impl HookAddress {
    /// True if both lead to the same place.
    pub fn is_same_place(&self, other: &HookAddress) -> bool {
        match (self, other) {
            (HookAddress::Command(one), HookAddress::Command(other)) => one == other,
            (HookAddress::Webhook { url: one, .. }, HookAddress::Webhook { url: other, .. }) => one == other,
            (HookAddress::Mail(one), HookAddress::Mail(other)) => one.eq_ignore_ascii_case(other),
            _ => false,
        }
    }

    /// The word for the way.
    pub fn way(&self) -> &'static str {
        match self {
            HookAddress::Command(_) => "command",
            HookAddress::Webhook { .. } => "webhook",
            HookAddress::Mail(_) => "mail",
        }
    }
}

/// The form of a webhook's body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WebhookFormat {
    /// Everything, as [`super::AlertMessage`] has it.
    #[default]
    Json,
    /// A `text`, as Slack, Mattermost and others take it.
    Slack,
}
