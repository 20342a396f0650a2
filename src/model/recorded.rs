//! Definition of an object as it stands in the journal.

use serde::{Deserialize, Serialize};

/// An object and its definition at a moment. In the journal it is a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(from = "(String, Option<String>)", into = "(String, Option<String>)")]
pub struct RecordedDefinition {
    /// Kind and name, as `undo::named` writes them: `table t`.
    pub object: String,
    /// Its definition; `None` where it does not exist.
    pub text: Option<String>,
}

impl From<(String, Option<String>)> for RecordedDefinition {
    fn from((object, text): (String, Option<String>)) -> Self {
        RecordedDefinition { object, text }
    }
}

impl From<RecordedDefinition> for (String, Option<String>) {
    fn from(definition: RecordedDefinition) -> Self {
        (definition.object, definition.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_journal_it_is_a_pair() {
        let definition = RecordedDefinition { object: "table t".into(), text: None };
        let json = serde_json::to_string(&definition).unwrap();
        assert_eq!(json, r#"["table t",null]"#);
        assert_eq!(serde_json::from_str::<RecordedDefinition>(&json).unwrap(), definition);
    }
}
