//! A migration as its layout reads it: its texts, and what the layout says of it.

use super::arranged::Arranged;
use super::remark::Remark;
use super::{Folder, Need, SourceError, Text, breakpoint, marks};
use crate::model::RunRule;

/// A migration, read.
#[derive(Debug, Clone)]
pub struct Migration {
    /// Its names and its place in the order.
    pub at: Arranged,
    /// The migration.
    pub up: Text,
    /// Its rollback script.
    pub down: Option<Text>,
    /// Its verify script.
    pub verify: Option<Text>,
    /// Its dependencies, as the layout says them.
    pub needs: Vec<Need>,
    /// What it says that is read otherwise here, or not at all.
    pub remarks: Vec<Remark>,
    /// When it runs.
    pub rule: RunRule,
}

impl Migration {
    /// A migration with nothing but its text.
    pub(super) fn new(at: Arranged, up: Text) -> Migration {
        let rule = RunRule::default();
        Migration { at, up, down: None, verify: None, needs: Vec::new(), remarks: Vec::new(), rule }
    }

    /// A migration whose companions are files of their own, or parts of its own behind marks.
    pub(super) fn from_files(folder: &Folder, mut at: Arranged) -> Result<Migration, SourceError> {
        let whole = breakpoint::read(folder.text(&at.path)?);
        let (up, own_down) = marks::cut(&whole, folder.dialect)?.unwrap_or((whole, None));
        let down = match (own_down, at.down.take()) {
            (Some(_), Some(second)) => {
                let (what, of, first) = ("rollback", at.name, at.path);
                return Err(SourceError::Twice { what, of, first, second });
            }
            (own, None) => own,
            (None, Some(path)) => Some(marks::script(folder.text(&path)?, folder.dialect)?),
        };
        let verify = at.verify.take().map(|path| folder.text(&path)).transpose()?;
        Ok(Migration { down, verify, ..Migration::new(at, up) })
    }
}

/// A directory as its layout reads it.
#[derive(Debug, Default)]
pub struct Contents {
    /// The migrations, in any order.
    pub migrations: Vec<Migration>,
    /// What there is to say of the directory.
    pub remarks: Vec<Remark>,
}

impl Contents {
    /// Migrations whose companions are files of their own.
    pub(super) fn from_files(folder: &Folder, arranged: Vec<Arranged>) -> Result<Contents, SourceError> {
        let migrations = arranged.into_iter().map(|at| Migration::from_files(folder, at)).collect::<Result<_, _>>()?;
        Ok(Contents { migrations, remarks: Vec::new() })
    }
}
