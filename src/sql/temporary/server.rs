//! Temporary tables of MariaDB and MySQL. Where the texts do not tell, a name is the real one: what is to be kept of it is
//! asked on the file's own session, which sees what stands there.

use crate::sql::{How, ObjectKind, ObjectName, Statement, StatementKind, Touch};
use std::collections::HashSet;

/// Schema, in lower case, `None` for the default one; and name.
type Name = (Option<String>, String);

/// Takes what is about temporary tables out of the statements' touches, and marks those of which nothing else is left.
pub(super) fn mark(statements: &mut [Statement]) {
    let mut live = Live { names: HashSet::new(), schema: None };
    for statement in statements {
        live.pass(statement);
    }
}

#[derive(Debug)]
struct Live {
    names: HashSet<Name>,
    schema: Option<String>,
}

impl Live {
    fn pass(&mut self, statement: &mut Statement) {
        let analysis = &mut statement.analysis;
        match analysis.kind {
            StatementKind::Use => {
                self.schema = analysis.touches.first().map(|touch| touch.object.name.to_lowercase());
            }
            // It may drop or make whatever it likes.
            kind if kind.is_opaque() => self.names.clear(),
            StatementKind::CreateTable if analysis.flags.temporary => {
                let made = analysis.touches.iter().filter(|touch| touch.how == How::Creates);
                let made: Vec<Name> = made.map(|touch| self.name(&touch.object)).collect();
                // What it reads is the real one, unless that is hidden already.
                analysis.touches.retain(|touch| touch.how.changes() || !self.is_live(&touch.object));
                self.names.extend(made);
            }
            _ if analysis.flags.temporary => {
                for touch in analysis.touches.iter().filter(|touch| touch.how == How::Drops) {
                    let name = self.name(&touch.object);
                    self.names.remove(&name);
                }
            }
            _ if self.names.is_empty() => {}
            _ => self.within(statement),
        }
    }

    /// A statement that does not say TEMPORARY, where there are some.
    fn within(&mut self, statement: &mut Statement) {
        let analysis = &mut statement.analysis;
        // These name an object that is never temporary, and tables that may be.
        let makes = matches!(analysis.kind, StatementKind::CreateTable | StatementKind::CreateView);
        let is_temporary: Vec<bool> = analysis
            .touches
            .iter()
            .map(|touch| self.is_live(&touch.object) && !(makes && touch.how == How::Creates))
            .collect();
        let renames = analysis.touches.iter().any(|touch| matches!(touch.how, How::RenamesFrom | How::RenamesTo));
        let mut moved = HashSet::new();
        if renames {
            moved = self.renamed(&analysis.touches, &is_temporary);
        }
        for (touch, _) in analysis.touches.iter().zip(&is_temporary).filter(|(_, temporary)| **temporary) {
            if touch.how == How::Drops && analysis.kind == StatementKind::DropTable {
                let name = self.name(&touch.object);
                self.names.remove(&name);
            }
        }
        let changed = analysis.touches.iter().any(|touch| touch.how.changes());
        // An index goes with its table.
        let of_index = matches!(analysis.kind, StatementKind::CreateIndex | StatementKind::DropIndex)
            && is_temporary.iter().any(|temporary| *temporary);
        let any = is_temporary.iter().any(|temporary| *temporary);
        let mut is_temporary = is_temporary.into_iter();
        analysis.touches.retain(|touch| {
            let temporary = is_temporary.next().unwrap_or_default() || moved.contains(&touch.object);
            !temporary && !of_index
        });
        let left = analysis.touches.iter().any(|touch| touch.how.changes());
        analysis.flags.mixes = left && analysis.kind == StatementKind::DropTable && any;
        analysis.flags.on_temporary = changed && !left && !analysis.flags.partial;
    }

    /// A temporary table that gets another name takes that; the objects by their new names.
    fn renamed(&mut self, touches: &[Touch], is_temporary: &[bool]) -> HashSet<ObjectName> {
        let mut moved = HashSet::new();
        let mut from = None;
        for (touch, temporary) in touches.iter().zip(is_temporary) {
            match touch.how {
                How::RenamesFrom | How::Alters => from = temporary.then(|| self.name(&touch.object)),
                How::RenamesTo => {
                    if let Some(old) = from.take() {
                        self.names.remove(&old);
                        let new = self.name(&touch.object);
                        self.names.insert(new);
                        moved.insert(touch.object.clone());
                    }
                }
                _ => {}
            }
        }
        moved
    }

    fn is_live(&self, object: &ObjectName) -> bool {
        object.kind == ObjectKind::Table && self.names.contains(&self.name(object))
    }

    fn name(&self, object: &ObjectName) -> Name {
        let schema = object.schema.as_ref().map(|schema| schema.to_lowercase()).or_else(|| self.schema.clone());
        (schema, object.name.to_lowercase())
    }
}
