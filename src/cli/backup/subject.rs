//! What is dumped: the tables of core that a plan changes, and those that stand on them; or all of core.

use super::tool::Wanted;
use crate::database::{ServerKind, Session};
use crate::model::LockMode;
use crate::plan::Plan;
use crate::sql::ObjectName;

/// Changed objects, by the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Changed {
    /// Names in core, in lower case.
    core: Vec<String>,
    /// `schema.table` of other schemas, which no dump of core holds.
    elsewhere: Vec<String>,
}

/// What will be dumped, and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    pub wanted: Wanted,
    /// What is dumped of what there is, sorted.
    pub tables: Vec<String>,
    pub warnings: Vec<String>,
}

/// Collects what a plan changes; `None` where that cannot be told from its text.
fn changed(plan: &Plan, core: &str) -> Option<Changed> {
    let own = format!("{}.", core.to_lowercase());
    let mut changed = Changed::default();
    for file in &plan.files {
        for lock in file.locks.as_ref()?.iter().filter(|lock| lock.mode == LockMode::Exclusive) {
            // Of views only the definition changes, and that stands in the journal; the class is the same as a table's.
            let Some(name) = lock.object.strip_prefix("table ") else { continue };
            match name.strip_prefix(&own) {
                Some(name) => changed.core.push(name.to_owned()),
                None => changed.elsewhere.push(name.to_owned()),
            }
        }
    }
    changed.elsewhere.sort();
    changed.elsewhere.dedup();
    Some(changed)
}

impl Subject {
    /// Of what stands in core that which the plan changes; all where `all` says so, or the plan does not tell.
    pub fn choose(there: &[ObjectName], plan: &Plan, core: &str, all: bool) -> Subject {
        let mut warnings = Vec::new();
        let found = if all { None } else { changed(plan, core) };
        if found.is_none() && !all {
            warnings.push("what a statement changes is not told by its text: all of core is dumped".to_owned());
        }
        let mut tables: Vec<String> = there
            .iter()
            .map(|object| object.name.clone())
            .filter(|name| found.as_ref().is_none_or(|found| found.core.contains(&name.to_lowercase())))
            .collect();
        tables.sort();
        if let Some(found) = found.as_ref().filter(|found| !found.elsewhere.is_empty()) {
            let names = found.elsewhere.join(", ");
            warnings.push(format!("{names}: of another schema than core, and not in the dump"));
        }
        let named = found.map(|_| tables.clone());
        Subject { wanted: Wanted { core: core.to_owned(), tables: named }, tables, warnings }
    }

    /// Names the tables that are not read at one moment: their engine knows no transactions.
    pub async fn warn_of_engines(&mut self, session: &mut dyn Session) -> Result<(), crate::database::DbError> {
        const ASKED: &str = "SELECT t.TABLE_NAME, t.ENGINE FROM information_schema.TABLES AS t JOIN \
             information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE WHERE t.TABLE_SCHEMA = ? AND e.TRANSACTIONS <> 'YES'";
        if session.kind() == ServerKind::Sqlite {
            return Ok(());
        }
        let rows = session.query(ASKED, &[self.wanted.core.as_str().into()]).await?;
        let of_dump = rows.iter().filter(|row| self.tables.contains(&row.get_text(0)));
        let named: Vec<String> = of_dump.map(|row| format!("{} ({})", row.get_text(0), row.get_text(1))).collect();
        if !named.is_empty() {
            self.warnings.push(format!(
                "{}: without transactions, so not as they were at one moment; keep others from writing (`caribou freeze`)",
                named.join(", ")
            ));
        }
        Ok(())
    }
}
