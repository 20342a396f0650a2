//! Canonical definitions of objects, and fingerprints of sets of them.

use crate::sql::ObjectName;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version of the algorithm, first in every fingerprint: those of another version are not comparable.
const VERSION: &str = "2:";

/// An object as the server describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The object.
    pub object: ObjectName,
    /// Its canonical text, the same for equal objects whatever way they came about as far as the server lets us know,
    /// without the AUTO_INCREMENT counter; None when there is no such object.
    pub text: Option<String>,
}

/// SHA-256 over the definitions, with the version of the algorithm before it. The order in which they are given does
/// not matter, nor does naming one twice.
pub fn fingerprint(definitions: &[Definition]) -> String {
    let mut sorted: Vec<&Definition> = definitions.iter().collect();
    sorted.sort_by(|a, b| (&a.object, &a.text).cmp(&(&b.object, &b.text)));
    sorted.dedup();
    let mut hash = Sha256::new();
    for definition in sorted {
        let object = &definition.object;
        field(&mut hash, Some(object.kind.as_str()));
        field(&mut hash, object.schema.as_deref());
        field(&mut hash, Some(&object.name));
        field(&mut hash, definition.text.as_deref());
    }
    let mut text = String::with_capacity(VERSION.len() + 64);
    text.push_str(VERSION);
    for byte in hash.finalize() {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    text
}

/// Adds one field, so that no two lists of fields look alike.
fn field(hash: &mut Sha256, text: Option<&str>) {
    match text {
        None => hash.update([0]),
        Some(text) => {
            hash.update([1]);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::ObjectKind;

    fn table(name: &str, text: Option<&str>) -> Definition {
        Definition { object: ObjectName::new(ObjectKind::Table, name), text: text.map(str::to_owned) }
    }

    #[test]
    fn order_and_repetition_do_not_matter() {
        let (a, b) = (table("a", Some("x")), table("b", None));
        let one = fingerprint(&[a.clone(), b.clone()]);
        assert_eq!(one, fingerprint(&[b.clone(), a.clone(), b]));
        assert!(one.starts_with("2:") && one.len() == 66, "{one}");
    }

    #[test]
    fn every_part_matters() {
        let all = [
            fingerprint(&[]),
            fingerprint(&[table("a", None)]),
            fingerprint(&[table("a", Some(""))]),
            fingerprint(&[table("a", Some("x"))]),
            fingerprint(&[table("ax", Some(""))]),
            fingerprint(&[Definition {
                object: ObjectName::qualified(ObjectKind::Table, "s", "a"),
                text: Some("x".to_owned()),
            }]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[..index].contains(one), "{index}");
        }
    }
}
