//! Guard against statements that must not run on a scratch schema, because they would act on the real one or on the
//! server.

use super::super::CliError;
use crate::model::Submission;
use crate::sql::{self, Dialect, Language, StatementKind};
use crate::store::Store;

/// Refuses a plan with a statement whose effects cannot be held within the scratch schema.
pub(super) fn statements(submission: &Submission, store: &Store) -> Result<(), CliError> {
    let dialect = store.database().kind().dialect();
    let core = &store.schemas().core;
    let language = Language::new(dialect, &store.database().globals()).with(&submission.policy.session);
    for text in &submission.texts {
        for script in [Some(&text.up), text.down.as_ref(), text.verify.as_ref()].into_iter().flatten() {
            let language = language.for_file(&text.up);
            let found = sql::statements(script, language).map_err(|error| CliError::refused(error.to_string()))?;
            for statement in found {
                let ways = statement.as_it_may_run().iter();
                let mut why = ways.filter_map(|one| beyond(&one.analysis, one.plain(), core, dialect));
                if let Some(why) = why.next() {
                    return Err(CliError::refused(format!(
                        "{}, line {}: {why}, so that it cannot be rehearsed on a scratch schema",
                        text.path, statement.line
                    ))
                    .hint("rehearse on a copy of the server, or leave the schema's name out of the file"));
                }
            }
        }
    }
    Ok(())
}

/// Reason why a statement reaches beyond the schema that it runs in.
fn beyond(analysis: &sql::Analysis, text: &str, core: &str, dialect: Dialect) -> Option<String> {
    use StatementKind::*;
    if names_schema(text, core, dialect) {
        return Some(format!("the text names the schema {core} itself"));
    }
    let main = |schema: &str| dialect == Dialect::Sqlite && schema.eq_ignore_ascii_case("main");
    let other = analysis.touches.iter().find_map(|touch| {
        let schema = touch.object.schema.as_deref().filter(|schema| !main(schema))?;
        touch.how.changes().then(|| format!("it changes {schema}.{}", touch.object.name))
    });
    if other.is_some() {
        return other;
    }
    match analysis.kind {
        Unknown | Execute | Compound => Some("what it does cannot be told from its text".to_owned()),
        Use | Attach | Detach => Some("it leads to another schema".to_owned()),
        SetGlobal | ServerAdmin | OtherDefinition | UserAdmin | Grant | Revoke | SetPassword | Flush
        | SelectIntoFile => Some(format!("{} acts on the whole server", analysis.kind)),
        AlterSchema | CreateSchema | DropSchema => Some("it is about a schema as a whole".to_owned()),
        _ => None,
    }
}

/// True if an object of core would act on the schema by its name when it is used on a scratch schema.
pub(super) fn reaches(definition: &str, core: &str, dialect: Dialect) -> bool {
    let upper = definition.to_ascii_uppercase();
    // What a program puts together is not seen before it runs.
    let dynamic = ["PREPARE", "EXECUTE"].iter().any(|word| upper.contains(word));
    names_schema(definition, core, dialect) || (dynamic && upper.contains(&core.to_ascii_uppercase()))
}

/// True if the schema's name stands before a point anywhere in a text.
fn names_schema(text: &str, schema: &str, dialect: Dialect) -> bool {
    sql::qualifiers(text, dialect).iter().any(|name| name.eq_ignore_ascii_case(schema))
}
