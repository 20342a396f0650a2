//! An alert as a mail, for a local `sendmail`.

use super::command;
use super::message::AlertMessage;
use super::settings::NotifySettings;
use std::fmt::Write;
use std::time::Duration;

/// Bytes of a header's text that are encoded together: an encoded word may have 75 characters.
const WORD: usize = 42;

/// Gives the mail to the program, which takes recipients from the headers.
///
/// # Errors
/// The reason why the program did not take it.
pub(super) async fn send(
    settings: &NotifySettings,
    to: &str,
    message: &AlertMessage,
    limit: Duration,
) -> Result<String, String> {
    let program = settings.sendmail.display().to_string();
    let argv = [program, "-t".to_owned(), "-i".to_owned()];
    let mail = compose(settings.mail_from.as_deref(), to, message);
    let said = command::run(&argv, &settings.dir, mail.as_bytes(), limit).await?;
    Ok(if said.is_empty() { format!("{} took it", settings.sendmail.display()) } else { said })
}

fn compose(from: Option<&str>, to: &str, message: &AlertMessage) -> String {
    let mut mail = String::new();
    let mut header = |name: &str, value: &str| {
        let line: String = value.chars().filter(|c| !c.is_control()).collect();
        // Writing to a string cannot fail.
        writeln!(mail, "{name}: {line}").ok();
    };
    if let Some(from) = from {
        header("From", from);
    }
    header("To", to);
    header("Subject", &encoded(&message.subject()));
    header("X-Caribou-Key", &encoded(&message.key));
    header("Auto-Submitted", "auto-generated");
    header("MIME-Version", "1.0");
    header("Content-Type", "text/plain; charset=utf-8");
    header("Content-Transfer-Encoding", "8bit");
    mail.push('\n');
    for line in message.text().lines() {
        writeln!(mail, "{line}").ok();
    }
    mail
}

/// A header's text, in encoded words where it is not plain ASCII (RFC 2047).
fn encoded(text: &str) -> String {
    if text.chars().all(|c| c.is_ascii_graphic() || c == ' ') && !text.contains("=?") {
        return text.to_owned();
    }
    let (mut words, mut word, mut taken) = (Vec::new(), String::new(), 0);
    for c in text.chars() {
        if taken + c.len_utf8() > WORD / 3 {
            words.push(format!("=?UTF-8?Q?{word}?="));
            (word, taken) = (String::new(), 0);
        }
        taken += c.len_utf8();
        let mut buffer = [0; 4];
        for byte in c.encode_utf8(&mut buffer).bytes() {
            match byte {
                b' ' => word.push('_'),
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => word.push(char::from(byte)),
                _ => word.push_str(&format!("={byte:02X}")),
            }
        }
    }
    words.push(format!("=?UTF-8?Q?{word}?="));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::{hook, row};
    use super::*;
    use crate::model::AlertType;
    use crate::store::AlertRow;

    fn mail(title: &str, message: &str) -> String {
        let alert = AlertRow { title: title.into(), message: message.into(), ..row() };
        let message = AlertMessage::new("db1", &hook("ops", 1, AlertType::Info), &alert);
        compose(Some("caribou@db1"), "ops@example.org", &message)
    }

    #[test]
    fn nothing_in_an_alert_becomes_a_header() {
        let mail = mail("x\r\nBcc: a@example.org\n\nbody", "Bcc: b@example.org\r\nand so on");
        let (head, body) = mail.split_once("\n\n").unwrap();
        let names: Vec<&str> = head.lines().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(
            names,
            [
                "From",
                "To",
                "Subject",
                "X-Caribou-Key",
                "Auto-Submitted",
                "MIME-Version",
                "Content-Type",
                "Content-Transfer-Encoding"
            ]
        );
        assert!(body.contains("Bcc: b@example.org"), "{body}");
    }

    #[test]
    fn a_subject_beyond_ascii_is_encoded_in_words_of_a_lawful_length() {
        let text = encoded(&"Größe überschritten ".repeat(10));
        assert!(text.is_ascii() && text.split(' ').all(|word| word.len() <= 75), "{text}");
        assert!(text.starts_with("=?UTF-8?Q?Gr=C3=B6=C3=9Fe_"), "{text}");
        assert_eq!(encoded("plain text"), "plain text");
    }
}
