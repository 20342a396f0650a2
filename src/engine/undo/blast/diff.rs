//! Changes of definitions by a rollback: each object as it stands now against the one that it goes back to, so that
//! whoever approves it has read it (`docs/design/undo.md`, "Classes"). The journal is the history of what was before;
//! the server is asked for what is now, as far as it shows that to the account.

use super::super::compare::unified;
use crate::database::{DbError, ErrorKind, Purpose, Session};
use crate::engine::file::texts::FileText;
use crate::model::{BlastChange, File, UndoPlan};
use crate::sql::{Dialect, ObjectKind, ObjectName};
use crate::store::Store;
use crate::undo::{DefinitionHistory, named};

/// Objects that are looked up at the server; of more, the journal alone tells.
const LOOKED_UP: usize = 200;
const SIDES: (&str, &str) = ("now", "after the rollback");

/// The objects that change, as the journal saw them, in the order of the undo.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<Change>);

#[derive(Debug)]
struct Change {
    object: ObjectName,
    /// As the last file of the scope left it; nobody can say where an undo has begun since.
    left: Option<Option<String>>,
    /// As it was before the first file of the scope, or why nobody can say.
    back: Result<Option<String>, String>,
}

/// An object as the server shows it to this account.
#[derive(Debug, Clone, PartialEq)]
enum Now {
    Is(Option<String>),
    NotShown(String),
}

impl Changes {
    /// Adds what the undo of a file changes. The files come in the order of the undo: the last one added says where an
    /// object goes back to.
    /// `left` is the history as the journal saw it, `back` the same with what others have changed since in it.
    pub(crate) fn add(
        &mut self,
        file: &File,
        text: &FileText,
        plan: &UndoPlan,
        histories: (&DefinitionHistory, &DefinitionHistory),
    ) {
        let is_undone = matches!(plan, UndoPlan::Written { .. } | UndoPlan::Derived { .. });
        if is_undone && !text.objects.is_empty() {
            self.witnessed(histories, file, &text.objects);
        }
    }

    fn witnessed(
        &mut self,
        (left, back): (&DefinitionHistory, &DefinitionHistory),
        file: &File,
        objects: &[ObjectName],
    ) {
        let seen = |object: &ObjectName| back.first(&named(object)).zip(left.last_of(object));
        let changed = |object: &&ObjectName| seen(object).is_none_or(|(first, last)| first != last);
        let changed: Vec<&ObjectName> = objects.iter().filter(changed).collect();
        // A table's definition tells of its indexes too.
        let has_table = changed.iter().any(|object| object.kind == ObjectKind::Table);
        for object in changed.into_iter().filter(|object| !(has_table && object.kind == ObjectKind::Index)) {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let back = match seen(object) {
                Some((first, _)) => Ok(owned(first)),
                None => Err(format!("how it was before {} was not taken down", file.path)),
            };
            let left = seen(object).filter(|_| file.undo.is_none()).map(|(_, last)| owned(last));
            match self.0.iter_mut().find(|change| change.object == *object) {
                Some(change) => change.back = back,
                None => self.0.push(Change { object: object.clone(), left, back }),
            }
        }
    }

    /// Each as it stands now against what it goes back to.
    pub(crate) async fn looked_up(self, store: &Store) -> Vec<BlastChange> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let mut session = opened(store).await;
        let mut all = Vec::with_capacity(self.0.len());
        for (n, change) in self.0.into_iter().enumerate() {
            let now = match &mut session {
                Ok(_) if n >= LOOKED_UP => Now::NotShown(format!("only the first {LOOKED_UP} are looked up")),
                Ok(session) => now(session.as_mut(), &change.object).await,
                Err(error) => Now::NotShown(error.to_string()),
            };
            all.push(change.told(now, store.dialect()));
        }
        if let Ok(session) = session {
            session.close().await;
        }
        all
    }
}

/// A server shows a view's names with or without their schema by the schema that is chosen: as when the file ran.
async fn opened(store: &Store) -> Result<Box<dyn Session>, DbError> {
    let mut session = store.database().open(Purpose::Control).await?;
    session.use_schema(&store.schemas().core).await?;
    Ok(session)
}

async fn now(session: &mut dyn Session, object: &ObjectName) -> Now {
    let not_shown = |error: DbError| match error.kind {
        ErrorKind::Privilege => "this account may not see it".to_owned(),
        _ => error.to_string(),
    };
    match session.inspect(std::slice::from_ref(object)).await {
        Ok(found) => Now::Is(found.into_iter().next().and_then(|definition| definition.text)),
        Err(error) => Now::NotShown(not_shown(error)),
    }
}

impl Change {
    fn told(self, now: Now, dialect: Dialect) -> BlastChange {
        let object = named(&self.object);
        let back = match self.back {
            Ok(back) => back,
            Err(why) => return BlastChange { object, diff: None, remark: Some(format!("cannot be told: {why}")) },
        };
        let (from, remark) = match (now, self.left) {
            (Now::NotShown(why), None) => {
                return BlastChange { object, diff: None, remark: Some(format!("cannot be told: {why}")) };
            }
            (Now::NotShown(why), Some(left)) => (left, Some(format!("as the journal saw it last: {why}"))),
            // Servers answer so for what an account may not see, too.
            (Now::Is(None), Some(Some(left))) => {
                let remark = "this account does not see it: the rights are missing, or others have dropped it; shown as the \
                              journal saw it last";
                (Some(left), Some(remark.to_owned()))
            }
            (Now::Is(now), Some(left)) if now != left => {
                (now, Some("it no longer stands as the file left it: others have changed it since".to_owned()))
            }
            (Now::Is(now), _) => (now, None),
        };
        let (from, back) = (from.map(|text| in_lines(text, dialect)), back.map(|text| in_lines(text, dialect)));
        if from == back {
            let remark = Some(remark.unwrap_or_else(|| "it stands already as it did before".to_owned()));
            return BlastChange { object, diff: None, remark };
        }
        BlastChange { object, diff: Some(unified(from.as_deref(), back.as_deref(), SIDES)), remark }
    }
}

/// SQLite keeps a table's text on one line: here each part of it gets one of its own, as on the other servers.
fn in_lines(text: String, dialect: Dialect) -> String {
    if dialect != Dialect::Sqlite {
        return text;
    }
    text.lines().map(parts_in_lines).collect::<Vec<_>>().join("\n")
}

fn parts_in_lines(line: &str) -> String {
    let is_table = line.get(..12).is_some_and(|head| head.eq_ignore_ascii_case("CREATE TABLE"));
    if !is_table {
        return line.to_owned();
    }
    let (mut out, mut depth, mut quote) = (String::with_capacity(line.len() + 64), 0_u32, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '[') => quote = Some(']'),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    out.push('\n');
                }
            }
            _ => {}
        }
        if c == ' ' && out.ends_with("\n  ") {
            continue;
        }
        out.push(c);
        if quote.is_none() && (c == '(' || c == ',') && depth == 1 {
            out.push_str("\n  ");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDED: &str = "CREATE TABLE `t` (\n  `a` int,\n  `b` int\n)";
    const BEFORE: &str = "CREATE TABLE `t` (\n  `a` int\n)";

    fn change(left: Option<Option<&str>>, back: Option<&str>) -> Change {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let object = ObjectName::new(ObjectKind::Table, "t");
        Change { object, left: left.map(owned), back: Ok(owned(back)) }
    }

    fn is(text: Option<&str>) -> Now {
        Now::Is(text.map(str::to_owned))
    }

    #[test]
    fn what_goes_is_marked_minus_and_what_comes_plus() {
        let told = change(Some(Some(ADDED)), Some(BEFORE)).told(is(Some(ADDED)), Dialect::MariaDb);
        assert_eq!((told.object.as_str(), told.counts(), &told.remark), ("table t", (2, 1), &None));
        assert!(told.lines().any(|line| line == "-  `b` int"), "{told:?}");
        assert!(told.diff.is_some_and(|diff| diff.starts_with("--- now\n+++ after the rollback\n")));
        let made = change(Some(Some(BEFORE)), None).told(is(Some(BEFORE)), Dialect::MariaDb);
        assert!(made.lines().any(|line| line == "+(does not exist)"), "{made:?}");
    }

    #[test]
    fn what_cannot_be_told_says_why() {
        let unseen = Change { back: Err("nobody looked".into()), ..change(None, None) };
        let told = unseen.told(is(Some(ADDED)), Dialect::MariaDb);
        assert_eq!((told.diff, told.remark.as_deref()), (None, Some("cannot be told: nobody looked")));
        let denied = || Now::NotShown("this account may not see it".into());
        let told = change(None, Some(BEFORE)).told(denied(), Dialect::MariaDb);
        assert_eq!((told.diff, told.remark.as_deref()), (None, Some("cannot be told: this account may not see it")));
        // What the journal saw is better than nothing, and says what it is.
        for now in [denied(), is(None)] {
            let told = change(Some(Some(ADDED)), Some(BEFORE)).told(now, Dialect::MariaDb);
            assert_eq!(told.counts(), (2, 1), "{told:?}");
            assert!(told.remark.is_some_and(|remark| remark.contains("the journal saw it last")));
        }
    }

    #[test]
    fn what_others_changed_since_is_said() {
        let mended = ADDED.replace("`b` int", "`b` bigint");
        let told = change(Some(Some(ADDED)), Some(BEFORE)).told(is(Some(&mended)), Dialect::MariaDb);
        assert!(told.remark.is_some_and(|remark| remark.contains("others have changed it")));
        let told = change(None, Some(BEFORE)).told(is(Some(BEFORE)), Dialect::MariaDb);
        assert_eq!((told.diff, told.remark.as_deref()), (None, Some("it stands already as it did before")));
    }

    #[test]
    fn a_table_of_sqlite_is_told_part_by_part() {
        let text = "CREATE TABLE t(a INT DEFAULT (1, 2), b TEXT DEFAULT 'x, (', CHECK(a > 0)) STRICT\nCREATE INDEX i ON t(a, b)";
        let parts = "CREATE TABLE t(\n  a INT DEFAULT (1, 2),\n  b TEXT DEFAULT 'x, (',\n  CHECK(a > 0)\n) STRICT\nCREATE INDEX i ON t(a, b)";
        assert_eq!(in_lines(text.into(), Dialect::Sqlite), parts);
        assert_eq!(in_lines(text.into(), Dialect::MariaDb), text);
    }
}
