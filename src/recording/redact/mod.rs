//! Redaction: a recording without hosts, accounts and literals. Names of tables, columns and files stay: without them
//! nothing could be learned from it.
//!
//! Two passes. The first collects what is to go: accounts and hosts from the places where the journal names them, literals
//! from the texts, by our own lexer. The second goes through every string that there is: what a place holds by its key is
//! taken out by rule (`keys`), and whatever the first pass has collected is taken out wherever else it stands (`words`).

mod keys;
mod walk;
mod words;

use super::error::RecordingError;
use super::facts::{Bookmark, Facts, Origin};
use super::write::Parts;
use crate::model::{Event, SourceText};
use crate::sql::{Dialect, redacted};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use walk::Walk;
use words::Secrets;

/// The same recording without hosts, accounts and literals.
///
/// # Errors
/// [`RecordingError::Unreadable`] where a part cannot be read any more without them.
pub fn redact(parts: &Parts) -> Result<Parts, RecordingError> {
    let origin = &parts.facts.origin;
    let dialect = Dialect::ALL.into_iter().find(|d| d.as_str() == origin.kind).unwrap_or(Dialect::MariaDb);
    let mut secrets = Secrets::default();
    secrets.host(&origin.label);
    secrets.account(&origin.account);
    for source in &parts.sources {
        for text in [Some(&source.up), source.down.as_ref(), source.verify.as_ref()].into_iter().flatten() {
            secrets.sql(&redacted(text, dialect));
        }
    }
    let begin = json(&parts.begin)?;
    let kinds = parts.events.iter().map(|event| json(&event.kind)).collect::<Result<Vec<Value>, _>>()?;
    for value in kinds.iter().chain([&begin]) {
        walk::collect(value, dialect, &mut secrets);
    }
    parts.events.iter().filter_map(|event| event.operator.as_ref()).for_each(|operator| secrets.account(operator));

    let walk = Walk { secrets: &secrets, dialect };
    let events = parts.events.iter().zip(kinds).map(|(event, mut kind)| {
        walk.value(&mut kind);
        let operator = event.operator.as_ref().map(|operator| walk.secrets.account_name(operator));
        Ok(Event { operator, kind: read(kind)?, ..event.clone() })
    });
    let events = events.collect::<Result<Vec<Event>, RecordingError>>()?;
    let mut begin = begin;
    walk.value(&mut begin);
    let without = |text: &String| redacted(text, dialect).text;
    let source = |source: &SourceText| SourceText {
        checksum: source.checksum.clone(),
        path: secrets.known(&source.path),
        up: without(&source.up),
        down: source.down.as_ref().map(without),
        verify: source.verify.as_ref().map(without),
    };
    let sources = parts.sources.iter().map(source).collect();
    let marks = parts.marks.iter().map(|mark| Bookmark { at: mark.at, note: secrets.prose(&mark.note) }).collect();
    Ok(Parts { facts: facts(&parts.facts, &secrets), begin: read(begin)?, sources, events, marks })
}

fn facts(facts: &Facts, secrets: &Secrets) -> Facts {
    let origin = Origin {
        label: secrets.host_name(&facts.origin.label),
        account: secrets.account_name(&facts.origin.account),
        ..facts.origin.clone()
    };
    Facts { origin, batch_name: secrets.known(&facts.batch_name), redacted: true, ..facts.clone() }
}

fn json(value: &impl Serialize) -> Result<Value, RecordingError> {
    serde_json::to_value(value).map_err(unreadable)
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, RecordingError> {
    serde_json::from_value(value).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> RecordingError {
    RecordingError::Unreadable { at: 0, why: format!("it cannot be redacted: {error}") }
}
