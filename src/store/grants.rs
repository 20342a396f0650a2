//! Grants of the six roles, from `assets/grants`.

use super::{Result, Store, StoreError};
use crate::database::ServerKind;
use crate::sql::QuoteError;

/// A role (`docs/design/accounts.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Sees everything, asks for nothing.
    Observer,
    /// Asks the worker.
    Operator,
    /// Decides about rollbacks and blocking checks.
    Approver,
    /// May thaw by itself, with no worker alive.
    Emergency,
    /// Drives batches.
    Worker,
    /// Runs the files, for the worker.
    Runner,
}

impl Role {
    /// Those that can read the journal: people's and the worker's.
    pub const ALL: [Role; 5] = [Role::Observer, Role::Operator, Role::Approver, Role::Emergency, Role::Worker];

    /// All that can be granted, the runner's among them.
    pub const GRANTED: [Role; 6] =
        [Role::Observer, Role::Operator, Role::Approver, Role::Emergency, Role::Worker, Role::Runner];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Observer => "observer",
            Role::Operator => "operator",
            Role::Approver => "approver",
            Role::Emergency => "emergency",
            Role::Worker => "worker",
            Role::Runner => "runner",
        }
    }

    fn text(self, kind: ServerKind) -> &'static str {
        match (self, kind) {
            (_, ServerKind::Sqlite) => "",
            (Role::Runner, ServerKind::MariaDb) => include_str!("../../assets/grants/runner.mariadb.sql"),
            (Role::Runner, ServerKind::MySql) => include_str!("../../assets/grants/runner.mysql.sql"),
            (Role::Observer, _) => include_str!("../../assets/grants/observer.sql"),
            (Role::Operator, _) => include_str!("../../assets/grants/operator.sql"),
            (Role::Approver, _) => include_str!("../../assets/grants/approver.sql"),
            (Role::Emergency, ServerKind::MariaDb) => include_str!("../../assets/grants/emergency.mariadb.sql"),
            (Role::Emergency, ServerKind::MySql) => include_str!("../../assets/grants/emergency.mysql.sql"),
            (Role::Worker, ServerKind::MariaDb) => include_str!("../../assets/grants/worker.mariadb.sql"),
            (Role::Worker, ServerKind::MySql) => include_str!("../../assets/grants/worker.mysql.sql"),
        }
    }
}

impl Store {
    /// The statements that give a role to an account that exists (`user`, `host`). None on SQLite, which has no
    /// accounts.
    ///
    /// # Errors
    /// When a name cannot be quoted.
    pub fn grants(&self, role: Role, user: &str, host: &str) -> Result<Vec<String>> {
        let account = format!("{}@{}", quoted(user)?, quoted(host)?);
        role.text(self.kind())
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with("--"))
            .map(|line| Ok(self.fill(&line.replace("{account}", &account))?.trim_end_matches(';').to_owned()))
            .collect()
    }
}

/// Half an account's name, as a string.
pub(super) fn quoted(name: &str) -> Result<String> {
    if name.contains('\0') {
        return Err(StoreError::Name(QuoteError::Nul { name: name.to_owned() }));
    }
    Ok(format!("'{}'", name.replace('\\', "\\\\").replace('\'', "''")))
}
