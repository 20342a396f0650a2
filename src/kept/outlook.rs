//! Facts of tables once statements will have run that have not run yet: as far as keeping depends on it.

use super::facts::{Found, Known, TableFacts, TriggerFacts, is_transactional};
use super::functions::body_in;
use crate::database::Session;
use crate::sql::{AlterOperation, How, ObjectKind, ObjectName, Statement, StatementKind, trigger_of};
use crate::store::Result;

impl Known {
    /// Takes in what a statement will do.
    ///
    /// # Errors
    /// The database's.
    pub async fn pass(&mut self, session: &mut dyn Session, statement: &Statement) -> Result<()> {
        if statement.analysis.flags.temporary {
            return Ok(());
        }
        let tables: Vec<ObjectName> = touched(statement, |how| how.changes())
            .filter(|object| matches!(object.kind, ObjectKind::Table | ObjectKind::View))
            .cloned()
            .collect();
        for object in &tables {
            self.facts(session, &ObjectName { kind: ObjectKind::Table, ..object.clone() }).await?;
        }
        match statement.analysis.kind {
            StatementKind::CreateTable => self.made(statement, session),
            StatementKind::DropTable | StatementKind::DropView => {
                touched(statement, |how| how == How::Drops).for_each(|object| self.set(object, Found::Missing));
            }
            StatementKind::CreateView => {
                touched(statement, |how| how == How::Creates).for_each(|object| self.set(object, Found::NoTable));
            }
            StatementKind::RenameTable | StatementKind::AlterTable => self.altered(statement),
            StatementKind::CreateFunction => {
                let body = body_in(statement.plain()).to_owned();
                let made = touched(statement, |how| how == How::Creates).find(|o| o.kind == ObjectKind::Function);
                self.functions.extend(made.map(|function| (function.name.to_lowercase(), body)));
            }
            StatementKind::CreateTrigger => self.triggered(session, statement),
            StatementKind::DropTrigger => {
                for trigger in touched(statement, |how| how == How::Drops) {
                    self.each_table(|facts| facts.triggers.retain(|one| one.name != trigger.name));
                    self.gone.insert(trigger.name.clone());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn made(&mut self, statement: &Statement, session: &dyn Session) {
        let analysis = &statement.analysis;
        for object in touched(statement, |how| how == How::Creates).filter(|o| o.kind == ObjectKind::Table) {
            let stands = matches!(self.known(object), Some(Found::Table(_)));
            if stands && analysis.flags.if_not_exists {
                continue;
            }
            let engine = engine_of(&statement.sql).unwrap_or_else(|| "InnoDB".to_owned());
            let facts = TableFacts {
                schema: object.schema.clone(),
                name: object.name.clone(),
                transactional: !session.kind().dialect().is_mysql_family() || is_transactional(&engine),
                engine,
                ..TableFacts::default()
            };
            self.set(object, Found::Table(Box::new(facts)));
        }
    }

    fn altered(&mut self, statement: &Statement) {
        let named = |how: How| touched(statement, move |one| one == how);
        for operation in &statement.analysis.operations {
            let AlterOperation::Engine { name } = operation else { continue };
            for object in named(How::Alters) {
                if let Some(Found::Table(facts)) = self.known_mut(object) {
                    facts.transactional = is_transactional(name);
                    facts.engine.clone_from(name);
                }
            }
        }
        for (from, to) in named(How::RenamesFrom).zip(named(How::RenamesTo)) {
            let mut found = self.known(from).cloned().unwrap_or(Found::Missing);
            if let Found::Table(facts) = &mut found {
                facts.name.clone_from(&to.name);
            }
            self.set(to, found);
            self.set(from, Found::Missing);
        }
    }

    fn triggered(&mut self, session: &dyn Session, statement: &Statement) {
        let Some(trigger) = trigger_of(statement.plain(), session.kind().dialect()) else { return };
        let named = |kind: ObjectKind| touched(statement, |how| how.changes()).find(move |object| object.kind == kind);
        let (Some(name), Some(table)) = (named(ObjectKind::Trigger), named(ObjectKind::Table)) else { return };
        if let Some(Found::Table(facts)) = self.known_mut(table) {
            facts.triggers.retain(|one| one.name != name.name);
            facts.triggers.push(TriggerFacts {
                writes: None,
                name: name.name.clone(),
                event: trigger.event,
                schema: facts.schema.clone(),
                before: trigger.before,
                body: trigger.body,
                planned: true,
            });
        }
    }
}

fn touched<'s>(statement: &'s Statement, how: impl Fn(How) -> bool + 's) -> impl Iterator<Item = &'s ObjectName> {
    statement.analysis.touches.iter().filter(move |touch| how(touch.how)).map(|touch| &touch.object)
}

/// The engine that a CREATE TABLE names.
fn engine_of(sql: &str) -> Option<String> {
    let mut words = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.find(|word| word.eq_ignore_ascii_case("ENGINE"))?;
    words.next().map(str::to_owned)
}
