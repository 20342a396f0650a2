//! Canonical definitions of objects, and fingerprints of sets of them.

use crate::model::FieldsHash;
use crate::sql::ObjectName;
use serde::{Deserialize, Serialize};

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
    let mut hash = FieldsHash::default();
    for definition in sorted {
        let object = &definition.object;
        hash.field(Some(object.kind.as_str()));
        hash.field(object.schema.as_deref());
        hash.field(Some(&object.name));
        hash.field(definition.text.as_deref());
    }
    hash.finish(VERSION)
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
