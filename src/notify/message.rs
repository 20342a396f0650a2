//! Messages that hooks are told.

use super::settings::Hook;
use crate::model::{AlertId, AlertStatus, AlertType, BatchId, FileId, Millis, Ymdhis, harmless};
use crate::store::AlertRow;
use serde::Serialize;

/// An alert as a command reads it on its input and a webhook in its body.
#[derive(Debug, Clone, Serialize)]
pub struct AlertMessage {
    /// The same for every try to tell the same: whoever has seen it may drop it.
    pub key: String,
    /// Host and schema, or the directory of a SQLite project.
    pub project: String,
    pub hook: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    pub alert: AlertId,
    pub batch: BatchId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileId>,
    #[serde(rename = "type")]
    pub alert_type: AlertType,
    pub status: AlertStatus,
    pub level: u32,
    pub title: String,
    pub message: String,
    pub raised_at: Option<String>,
    pub changed_at: Option<String>,
    /// Set where it is only a try (`caribou alerts test`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

fn time(at: Ymdhis) -> Option<String> {
    at.to_millis().map(Millis::to_rfc3339)
}

impl AlertMessage {
    /// The message about an alert as it stands.
    pub fn new(project: &str, hook: &Hook, alert: &AlertRow) -> AlertMessage {
        AlertMessage {
            key: key(project, alert),
            project: project.to_owned(),
            hook: hook.name.clone(),
            contact: hook.contact.clone(),
            alert: alert.alert_id,
            batch: alert.batch_id,
            file: alert.file_id,
            alert_type: alert.alert_type,
            status: alert.status,
            level: alert.level,
            title: alert.title.clone(),
            message: alert.message.clone(),
            raised_at: time(alert.created),
            changed_at: time(alert.updated),
            test: false,
        }
    }

    /// A try: that a hook works.
    pub fn test(project: &str, hook: &Hook, now: Millis) -> AlertMessage {
        let at = Some(now.to_rfc3339());
        AlertMessage {
            key: format!("{project}#test.{}", now.0),
            project: project.to_owned(),
            hook: hook.name.clone(),
            contact: hook.contact.clone(),
            alert: AlertId(0),
            batch: BatchId::SYSTEM,
            file: None,
            alert_type: AlertType::Info,
            status: AlertStatus::New,
            level: hook.level,
            title: format!("a test of the alert hook {}", hook.name),
            message: "Somebody ran `caribou alerts test`. Nothing has happened.".to_owned(),
            raised_at: at.clone(),
            changed_at: at,
            test: true,
        }
    }

    /// The JSON document.
    ///
    /// # Errors
    /// Never for these fields; the type says so because serde_json does.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// The body that Slack takes.
    ///
    /// # Errors
    /// As [`AlertMessage::to_json`].
    pub fn to_slack(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&serde_json::json!({ "text": for_slack(&self.text()) }))
    }

    /// One line: how grave, what, where.
    pub fn subject(&self) -> String {
        let word = match self.status {
            AlertStatus::Resolved if self.alert_type != AlertType::Info => "resolved",
            _ => self.alert_type.as_str(),
        };
        let level = if self.level > 1 { format!(", level {}", self.level) } else { String::new() };
        plain(&format!("[caribou {word}{level}] {} ({})", self.title, self.project))
    }

    /// The whole in words.
    pub fn text(&self) -> String {
        let mut lines = vec![self.subject()];
        lines.extend(self.message.lines().map(plain));
        if self.batch != BatchId::SYSTEM {
            lines.push(format!("batch {}, alert {}", self.batch, self.alert));
        }
        lines.extend(self.contact.as_ref().map(|contact| format!("told to {}", plain(contact))));
        lines.join("\n")
    }
}

/// The key of what there is to tell about an alert as it stands.
pub(super) fn key(project: &str, alert: &AlertRow) -> String {
    format!("{project}#{}.{}.{}.{}", alert.alert_id, alert.level, alert.status, alert.updated.0)
}

/// A line without anything that could end it or change how it is shown.
fn plain(text: &str) -> String {
    text.chars().map(harmless).collect()
}

/// The three characters that mean something to Slack.
fn for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::settings::HookAddress;
    use super::*;
    use std::time::Duration;

    pub(crate) fn row() -> AlertRow {
        AlertRow {
            alert_id: AlertId(12),
            batch_id: BatchId(3),
            file_id: Some(FileId(9)),
            alert_type: AlertType::Critical,
            title: "0007_orders.sql failed & is rolled back".into(),
            message: "1050 <table> exists\r\nBcc: everybody@example.org".into(),
            status: AlertStatus::New,
            level: 2,
            created: Ymdhis(20_260_115_103_000),
            updated: Ymdhis(20_260_115_103_001),
            properties: serde_json::json!({}),
        }
    }

    pub(crate) fn hook(name: &str, level: u32, least: AlertType) -> Hook {
        Hook {
            name: name.into(),
            address: HookAddress::Command(vec!["true".into()]),
            contact: Some("Ana".into()),
            level,
            least,
            timeout: Duration::from_secs(5),
        }
    }

    #[test]
    fn the_document_holds_what_a_receiver_needs() {
        let message = AlertMessage::new("db1/shop", &hook("ops", 1, AlertType::Info), &row());
        let json: serde_json::Value = serde_json::from_str(&message.to_json().unwrap()).unwrap();
        assert_eq!(json["key"], "db1/shop#12.2.new.20260115103001");
        assert_eq!((&json["type"], &json["level"], &json["batch"]), (&"critical".into(), &2.into(), &3.into()));
        assert_eq!((&json["raised_at"], &json["contact"]), (&"2026-01-15T10:30:00.000Z".into(), &"Ana".into()));
        assert_eq!(json.get("test"), None);
    }

    #[test]
    fn slack_gets_one_text_in_which_nothing_is_markup() {
        let message = AlertMessage::new("db1/shop", &hook("ops", 1, AlertType::Info), &row());
        let json: serde_json::Value = serde_json::from_str(&message.to_slack().unwrap()).unwrap();
        let text = json["text"].as_str().unwrap();
        let first = "[caribou critical, level 2] 0007_orders.sql failed &amp; is rolled back (db1/shop)\n";
        assert!(text.starts_with(first), "{text}");
        assert!(text.contains("&lt;table&gt;") && !text.contains('<'), "{text}");
        assert_eq!(json.as_object().unwrap().len(), 1);
    }

    #[test]
    fn a_subject_is_one_line() {
        let alert = AlertRow { title: "x\r\nBcc: everybody@example.org".into(), ..row() };
        let subject = AlertMessage::new("db1", &hook("ops", 1, AlertType::Info), &alert).subject();
        assert!(!subject.contains(['\r', '\n']), "{subject:?}");
    }
}
