//! The structure of core on the scratch schema: what can be copied is, and what cannot is named.

use super::super::{CliError, output};
use super::guard;
use crate::database::{DbError, Definition, ErrorKind, Purpose, ServerKind, Session};
use crate::sql::{self, Dialect, ObjectKind, ObjectName};
use crate::store::Store;
use crate::undo::inverse;

/// The objects that are to stand on the scratch schema.
pub(super) struct ScratchObjects {
    definitions: Vec<Definition>,
    /// Objects that do not, each with the reason.
    left_out: Vec<String>,
    /// Character set and collation of the real schema, as they stand in ALTER DATABASE.
    pub defaults: Option<String>,
}

/// Tables are made here as they are, whatever this session would ask of new ones. Not every server has each of these, and
/// not every account may set it.
const LENIENT: [&str; 4] = [
    "SET SESSION sql_mode = ''",
    "SET SESSION foreign_key_checks = 0",
    "SET SESSION innodb_strict_mode = 0",
    "SET SESSION sql_require_primary_key = 0",
];

impl ScratchObjects {
    /// Takes what of the structure can be copied.
    pub fn from_definitions(found: Vec<Definition>, core: &str, dialect: Dialect) -> ScratchObjects {
        let mut copied = ScratchObjects { definitions: Vec::new(), left_out: Vec::new(), defaults: None };
        for definition in found {
            let object = &definition.object;
            match definition.text.as_deref() {
                None => copied.leave_out(object, "the server does not show how it is defined"),
                Some(text) if guard::reaches(text, core, dialect) => {
                    copied.leave_out(
                        object,
                        &format!("it names the schema {core} itself, and would act on the real one"),
                    );
                }
                Some(text) => {
                    let text = if object.kind == ObjectKind::Event { disabled(text) } else { text.to_owned() };
                    match inverse::made_again(&[(object, &text)], dialect) {
                        Ok(_) => copied.definitions.push(Definition { text: Some(text), ..definition }),
                        Err(none) => copied.leave_out(object, &none.to_string()),
                    }
                }
            }
        }
        copied
    }

    /// Makes it, in a session that has the scratch schema as its default.
    pub async fn make(&mut self, session: &mut dyn Session, dialect: Dialect) -> Result<(), CliError> {
        if dialect.is_mysql_family() {
            for sql in LENIENT {
                drop(session.run(sql).await);
            }
        }
        let objects: Vec<(&ObjectName, &str)> =
            self.definitions.iter().filter_map(|d| Some((&d.object, d.text.as_deref()?))).collect();
        let statements = inverse::made_again(&objects, dialect)
            .map_err(|none| CliError::refused(format!("the structure cannot be made again: {none}")))?;
        for statement in statements {
            match run(session, &statement).await {
                Ok(()) => {}
                Err(error) if is_of_the_connection(&error) => return Err(error.into()),
                Err(error) => self.left_out.push(format!("{} ({})", named(&statement, dialect), error.message)),
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, object: &ObjectName, why: &str) {
        self.left_out.push(format!("{} {object} ({why})", object.kind));
    }

    /// Says what does not stand on the scratch schema.
    pub fn tell(&self) {
        for what in &self.left_out {
            output::warning(&format!("left out of the rehearsal: {what}"));
        }
    }
}

/// The error is no word about the statement.
pub(super) fn is_of_the_connection(error: &DbError) -> bool {
    matches!(error.kind, ErrorKind::ConnectionLost | ErrorKind::Timeout | ErrorKind::Auth | ErrorKind::Interrupted)
}

/// Runs a statement; where the account may not name another definer, as its own.
async fn run(session: &mut dyn Session, statement: &str) -> Result<(), DbError> {
    let Err(error) = session.run(statement).await else { return Ok(()) };
    match without_definer(statement).filter(|_| error.kind == ErrorKind::Privilege) {
        Some(own) => session.run(&own).await.map(drop),
        None => Err(error),
    }
}

/// `CREATE DEFINER=… VIEW` without it.
fn without_definer(statement: &str) -> Option<String> {
    let at = statement.find(" DEFINER=")?;
    let mut quoted = false;
    let end = statement[at + 1..].find(|c: char| {
        quoted ^= c == '`';
        c == ' ' && !quoted
    })?;
    Some(format!("{}{}", &statement[..at], &statement[at + 1 + end..]))
}

/// Names what a statement makes, for people.
fn named(statement: &str, dialect: Dialect) -> String {
    let analysis = sql::analyse(statement, dialect);
    let object = analysis.touches.iter().find(|touch| touch.how.changes()).map(|touch| &touch.object);
    object.map_or_else(|| output::shortened(statement, 60), |object| format!("{} {object}", object.kind))
}

/// An event that does not run.
fn disabled(text: &str) -> String {
    for kept in ["NOT PRESERVE", "PRESERVE"] {
        let enabled = format!(" ON COMPLETION {kept} ENABLE");
        if text.contains(&enabled) {
            return text.replacen(&enabled, &format!(" ON COMPLETION {kept} DISABLE"), 1);
        }
    }
    text.to_owned()
}

/// The defaults of the real schema, where it has any.
pub(super) async fn defaults(store: &Store) -> Result<Option<String>, CliError> {
    const ASKED: &str = "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA \
                         WHERE SCHEMA_NAME = ?";
    if store.kind() == ServerKind::Sqlite {
        return Ok(None);
    }
    let mut session = store.database().open(Purpose::Control).await?;
    let rows = session.query(ASKED, &[store.schemas().core.as_str().into()]).await;
    session.close().await;
    let is_word = |word: &String| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let rows = rows?;
    let words = rows.first().and_then(|row| Some((row.opt_text(0)?, row.opt_text(1)?)));
    let words = words.filter(|(set, collation)| is_word(set) && is_word(collation));
    Ok(words.map(|(set, collation)| format!("CHARACTER SET {set} COLLATE {collation}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definer_can_be_left_out_and_an_event_put_to_rest() {
        let made = "CREATE ALGORITHM=UNDEFINED DEFINER=`a b`@`%` SQL SECURITY DEFINER VIEW `v` AS select 1";
        let own = "CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `v` AS select 1";
        assert_eq!(without_definer(made).as_deref(), Some(own));
        assert_eq!(without_definer(own), None);
        let event = "CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY ON COMPLETION NOT PRESERVE ENABLE DO DELETE FROM t";
        assert_eq!(disabled(event), event.replace("ENABLE", "DISABLE"));
    }
}
