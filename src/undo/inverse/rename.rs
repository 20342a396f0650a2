//! Names given back.

use super::text::Names;
use super::types::{Change, NoInverse};
use crate::sql::{Analysis, Dialect, How, ObjectName, quote_name};

/// Names that a statement changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Renames {
    /// The statement that gives the old names back.
    pub statement: Option<String>,
    /// Objects after, each with the object that it was before.
    pub pairs: Vec<(ObjectName, ObjectName)>,
}

impl Renames {
    /// The bare names after and before.
    pub fn names(&self) -> Names {
        Names(self.pairs.iter().map(|(now, was)| (now.name.clone(), was.name.clone())).collect())
    }
}

/// Reads what was renamed; a table may go through several names in one statement.
pub(crate) fn back(analysis: &Analysis, changes: &[Change<'_>], dialect: Dialect) -> Result<Renames, NoInverse> {
    let with = |how| -> Vec<&ObjectName> {
        analysis.touches.iter().filter(|touch| touch.how == how).map(|touch| &touch.object).collect()
    };
    let (from, to) = (with(How::RenamesFrom), with(How::RenamesTo));
    if from.len() != to.len() {
        return Err(NoInverse::because("a name is taken or given twice in one statement"));
    }
    let mut pairs: Vec<(ObjectName, ObjectName)> = Vec::new();
    for (from, to) in from.iter().zip(&to) {
        let origin = match pairs.iter().position(|(now, _)| now == *from) {
            Some(at) => pairs.remove(at).1,
            None => (*from).clone(),
        };
        pairs.push(((*to).clone(), origin));
    }
    for (now, was) in &pairs {
        let text = |object: &ObjectName, before: bool| {
            let change = changes.iter().find(|change| change.object == object);
            change.and_then(|change| if before { change.before } else { change.after })
        };
        if text(was, true).is_none() || text(now, false).is_none() {
            return Err(NoInverse::because(format!("{was} was not seen before, or {now} not afterwards")));
        }
    }
    let mut steps = Vec::new();
    for (from, to) in from.iter().zip(&to).rev() {
        steps.push(format!("{} TO {}", quote_name(to, dialect)?, quote_name(from, dialect)?));
    }
    let statement = (!steps.is_empty()).then(|| format!("RENAME TABLE {}", steps.join(", ")));
    Ok(Renames { statement, pairs })
}
