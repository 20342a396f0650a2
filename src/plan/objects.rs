//! The objects that a file touches, under one name each.

use super::Options;
use crate::model::{ChangeOf, LockMode, Locks, ObjectLock};
use crate::sql::{Flags, How, ObjectKind, ObjectName, Script, Statement, StatementKind};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// An object under the one name by which files are compared: lower case (whether case matters is the server's setting, so
/// the worst case), with its schema, tables and views in one name space.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    class: ObjectKind,
    schema: String,
    name: String,
}

impl Key {
    fn is_table(&self) -> bool {
        self.class == ObjectKind::Table
    }

    /// True if it is a schema itself. Files that only use it may run side by side.
    pub(super) fn is_schema(&self) -> bool {
        self.class == ObjectKind::Schema
    }
}

/// One touch of an object.
#[derive(Debug, Clone)]
pub(super) struct Touched {
    pub(super) key: Key,
    pub(super) how: How,
    pub(super) object: ObjectName,
    pub(super) line: u32,
    pub(super) flags: Flags,
    /// The file does not name it: it stands on what the file changes, or that on it.
    pub(super) related: bool,
}

/// Objects that a file touches, in order; `unbounded` if it may touch anything else.
#[derive(Debug, Default)]
pub(super) struct Touches {
    pub(super) all: Vec<Touched>,
    pub(super) unbounded: bool,
}

impl Touched {
    /// Mode in which the file locks it. A foreign key makes the server lock the table that it names as if it were
    /// changed.
    pub(super) fn mode(&self) -> LockMode {
        match self.related || self.how.changes() || (self.flags.foreign_key && !self.key.is_schema()) {
            true => LockMode::Exclusive,
            false => LockMode::Shared,
        }
    }

    /// What the file changes of it; nothing where it does not name it.
    fn changes(&self) -> Option<ChangeOf> {
        match self.how {
            _ if self.related => None,
            How::Reads => None,
            How::Writes => Some(ChangeOf::Rows),
            How::Creates | How::Drops | How::Alters | How::RenamesFrom | How::RenamesTo => Some(ChangeOf::Definition),
        }
    }
}

/// The locks of a file that touches this, and whose rollback script touches that.
pub(super) fn locks(up: &Touches, back: Option<&Touches>) -> Locks {
    if up.unbounded || back.is_some_and(|back| back.unbounded) {
        return None;
    }
    let mut locks: BTreeMap<String, (LockMode, Option<ChangeOf>)> = BTreeMap::new();
    for touched in up.all.iter().chain(back.into_iter().flat_map(|back| &back.all)) {
        let (mode, _) = locks.entry(touched.key.to_string()).or_insert((LockMode::Shared, None));
        *mode = touched.mode().max(*mode);
    }
    for touched in &up.all {
        let changes = locks.get_mut(&touched.key.to_string()).map(|(_, changes)| changes);
        if let Some(changes) = changes {
            *changes = touched.changes().max(*changes);
        }
    }
    let lock = |(object, (mode, changes)): (String, _)| ObjectLock { object: object.into(), mode, changes };
    Some(locks.into_iter().map(lock).collect())
}

/// `table shop.users`, as in messages.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.schema.is_empty() { "" } else { "." };
        write!(f, "{} {}{dot}{}", self.class, self.schema, self.name)
    }
}

/// Collects the touches of a file. `USE` is followed.
pub(super) fn touches(script: &Script, options: &Options, related: &Related) -> Touches {
    let core = options.core.as_deref().unwrap_or_default().to_lowercase();
    let mut current = core.clone();
    let mut touches = Touches::default();
    for statement in &script.statements {
        touches.unbounded |= is_unbounded(statement);
        if statement.analysis.kind == StatementKind::Use {
            match statement.analysis.touches.iter().find(|touch| touch.object.kind == ObjectKind::Schema) {
                Some(touch) => current = touch.object.name.to_lowercase(),
                None => touches.unbounded = true,
            }
        }
        for touch in &statement.analysis.touches {
            if touch.object.kind == ObjectKind::Index && options.dialect.is_mysql_family() {
                continue; // its name means something within its table only, and that is touched too
            }
            let key = key(&touch.object, &current);
            let touched = |key, how| Touched {
                key,
                how,
                object: touch.object.clone(),
                line: statement.line,
                flags: statement.analysis.flags,
                related: false,
            };
            if !key.is_schema() && key.schema != core {
                let schema = schema_key(&key.schema);
                touches.all.push(Touched {
                    object: ObjectName::new(ObjectKind::Schema, key.schema.clone()),
                    ..touched(schema, How::Reads)
                });
            }
            if touch.how.changes() {
                touches.all.extend(related.tables(&key).map(|(key, object)| Touched {
                    object,
                    related: true,
                    ..touched(key, How::Reads)
                }));
            }
            touches.all.push(touched(key, touch.how));
        }
    }
    touches
}

/// Tables of core by the objects that stand on them, and on which they stand.
pub(super) struct Related(HashMap<Key, Vec<(Key, ObjectName)>>);

impl Related {
    pub(super) fn new(options: &Options) -> Related {
        let core = options.core.as_deref().unwrap_or_default().to_lowercase();
        let mut related: HashMap<Key, Vec<(Key, ObjectName)>> = HashMap::new();
        let mut add = |from: &Key, to: &Key, object: &ObjectName| {
            if to.is_table() && from != to {
                related.entry(from.clone()).or_default().push((to.clone(), object.clone()));
            }
        };
        for relation in &options.relations {
            let (object, on) = (key(&relation.object, &core), key(&relation.on, &core));
            add(&object, &on, &relation.on);
            add(&on, &object, &relation.object);
        }
        Related(related)
    }

    /// The tables that stand on an object in the schema, and those on which it stands.
    fn tables(&self, key: &Key) -> impl Iterator<Item = (Key, ObjectName)> {
        self.0.get(key).into_iter().flatten().cloned()
    }
}

/// True if a statement may touch what its text does not show.
fn is_unbounded(statement: &Statement) -> bool {
    let analysis = &statement.analysis;
    let locks = matches!(analysis.kind, StatementKind::LockTables | StatementKind::UnlockTables);
    analysis.flags.partial || (analysis.kind.is_opaque() && !locks) || analysis.kind == StatementKind::OtherDefinition
}

fn key(object: &ObjectName, current: &str) -> Key {
    if object.kind == ObjectKind::Schema {
        return schema_key(if object.name.is_empty() { current } else { &object.name }.to_lowercase().as_str());
    }
    let class = match object.kind {
        ObjectKind::View | ObjectKind::Sequence => ObjectKind::Table,
        other => other,
    };
    let schema = object.schema.as_deref().map_or_else(|| current.to_owned(), str::to_lowercase);
    Key { class, schema, name: object.name.to_lowercase() }
}

fn schema_key(name: &str) -> Key {
    Key { class: ObjectKind::Schema, schema: String::new(), name: name.to_owned() }
}
