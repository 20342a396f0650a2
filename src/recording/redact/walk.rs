//! A walk through the JSON of an event or a world.

use super::keys::{Treatment, treatment};
use super::words::Secrets;
use crate::sql::{Dialect, redacted};
use serde_json::Value;

/// Goes through a value with the key that it stands under, and the key above that.
fn visit<'v>(value: &'v Value, parent: &str, key: &str, see: &mut dyn FnMut(&str, &str, &'v str)) {
    match value {
        Value::String(text) => see(parent, key, text),
        Value::Array(items) if is_definition(key, items) => {
            if let Some(text) = items[1].as_str() {
                see(key, "sql", text);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| visit(item, parent, key, see)),
        Value::Object(fields) => {
            let above = if fields.keys().all(|field| field.parse::<i64>().is_ok()) { parent } else { key };
            fields.iter().for_each(|(field, value)| visit(value, above, field, see));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `[object, text]` among definitions.
fn is_definition(key: &str, items: &[Value]) -> bool {
    key == "definitions" && items.len() == 2 && items[0].is_string()
}

/// Notes what is to go.
pub(super) fn collect(value: &Value, dialect: Dialect, secrets: &mut Secrets) {
    visit(value, "", "", &mut |parent, key, text| match treatment(parent, key) {
        Treatment::Account => secrets.account(text),
        Treatment::Host => secrets.host(text),
        Treatment::Sql => secrets.sql(&redacted(text, dialect)),
        Treatment::Prose if is_sql(text) => secrets.sql(&redacted(text, dialect)),
        Treatment::Prose => secrets.addresses(text),
        Treatment::Keep | Treatment::Name => {}
    });
}

/// A statement where none was expected.
fn is_sql(text: &str) -> bool {
    const VERBS: [&str; 9] =
        ["CREATE ", "ALTER ", "INSERT ", "UPDATE ", "DELETE ", "DROP ", "REPLACE ", "SELECT ", "RENAME "];
    VERBS.iter().any(|verb| text.get(..verb.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(verb)))
}

/// Takes out what is to go.
pub(super) struct Walk<'s> {
    pub secrets: &'s Secrets,
    pub dialect: Dialect,
}

impl Walk<'_> {
    /// Goes through a whole value.
    pub fn value(&self, value: &mut Value) {
        self.at(value, "", "");
    }

    fn at(&self, value: &mut Value, parent: &str, key: &str) {
        match value {
            Value::String(text) => *text = self.text(treatment(parent, key), text),
            Value::Array(items) if is_definition(key, items) => {
                if let Value::String(text) = &mut items[1] {
                    *text = redacted(text, self.dialect).text;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.at(item, parent, key)),
            Value::Object(fields) => {
                let above = if fields.keys().all(|field| field.parse::<i64>().is_ok()) { parent } else { key };
                fields.iter_mut().for_each(|(field, value)| self.at(value, above, field));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&self, treatment: Treatment, text: &str) -> String {
        match treatment {
            Treatment::Keep => text.to_owned(),
            Treatment::Name => self.secrets.known(text),
            Treatment::Account => self.secrets.account_name(text),
            Treatment::Host => self.secrets.host_name(text),
            Treatment::Sql => redacted(text, self.dialect).text,
            Treatment::Prose if is_sql(text) => redacted(text, self.dialect).text,
            Treatment::Prose => self.secrets.prose(text),
        }
    }
}
