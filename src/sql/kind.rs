//! The kind of a statement, as one word, and what that means for commits.

use super::Dialect;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The statement that takes back what the handler of a file did itself. A file's handler knows what that was.
pub const OWN_UNDO: &str = "CARIBOU UNDO STEP ''";

/// The families that decide how a statement is run and undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// Changes definitions.
    Definition,
    /// Changes rows.
    Rows,
    /// Accounts and privileges: definitions that live in the server, not in a schema.
    Account,
    /// Begins, ends or marks a transaction.
    Transaction,
    /// Table upkeep: commits implicitly, changes no definition.
    Upkeep,
    /// Changes the session only.
    Session,
    /// Reads.
    Read,
    /// Whatever it calls.
    Opaque,
    /// Taken by the handler of the file, and never sent to a server.
    Own,
}

/// One row per kind: variant, its name in JSON, its family, the sentence in the documentation.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $family:ident;)*) => {
        /// The kind of a statement. [`StatementKind::Unknown`] is treated as the worst case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub enum StatementKind {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl StatementKind {
            /// Every kind.
            pub const ALL: &'static [StatementKind] = &[$(StatementKind::$variant),*];

            /// The name in JSON and on screens, snake_case.
            pub fn as_str(self) -> &'static str {
                match self { $(StatementKind::$variant => $name),* }
            }

            fn family(self) -> Family {
                match self { $(StatementKind::$variant => Family::$family),* }
            }
        }
    };
}

kinds! {
    /// `CREATE TABLE`, also `… LIKE` and `… SELECT`; SQLite's `CREATE VIRTUAL TABLE`.
    CreateTable = "create_table", Definition;
    /// `DROP TABLE`.
    DropTable = "drop_table", Definition;
    /// `ALTER TABLE`.
    AlterTable = "alter_table", Definition;
    /// `RENAME TABLE`.
    RenameTable = "rename_table", Definition;
    /// `TRUNCATE`: DDL to the server, and all rows gone.
    Truncate = "truncate", Definition;
    /// `CREATE INDEX`.
    CreateIndex = "create_index", Definition;
    /// `DROP INDEX`.
    DropIndex = "drop_index", Definition;
    /// `CREATE VIEW`.
    CreateView = "create_view", Definition;
    /// `ALTER VIEW`.
    AlterView = "alter_view", Definition;
    /// `DROP VIEW`.
    DropView = "drop_view", Definition;
    /// `CREATE TRIGGER`.
    CreateTrigger = "create_trigger", Definition;
    /// `DROP TRIGGER`.
    DropTrigger = "drop_trigger", Definition;
    /// `CREATE PROCEDURE`.
    CreateProcedure = "create_procedure", Definition;
    /// `ALTER PROCEDURE`.
    AlterProcedure = "alter_procedure", Definition;
    /// `DROP PROCEDURE`.
    DropProcedure = "drop_procedure", Definition;
    /// `CREATE FUNCTION`, stored or loadable.
    CreateFunction = "create_function", Definition;
    /// `ALTER FUNCTION`.
    AlterFunction = "alter_function", Definition;
    /// `DROP FUNCTION`.
    DropFunction = "drop_function", Definition;
    /// `CREATE EVENT`.
    CreateEvent = "create_event", Definition;
    /// `ALTER EVENT`.
    AlterEvent = "alter_event", Definition;
    /// `DROP EVENT`.
    DropEvent = "drop_event", Definition;
    /// `CREATE SEQUENCE` (MariaDB).
    CreateSequence = "create_sequence", Definition;
    /// `ALTER SEQUENCE` (MariaDB).
    AlterSequence = "alter_sequence", Definition;
    /// `DROP SEQUENCE` (MariaDB).
    DropSequence = "drop_sequence", Definition;
    /// `CREATE DATABASE` or `SCHEMA`.
    CreateSchema = "create_schema", Definition;
    /// `ALTER DATABASE` or `SCHEMA`.
    AlterSchema = "alter_schema", Definition;
    /// `DROP DATABASE` or `SCHEMA`.
    DropSchema = "drop_schema", Definition;
    /// `CREATE`, `ALTER`, `DROP` of a server, tablespace, logfile group, resource group, package.
    OtherDefinition = "other_definition", Definition;
    /// `INSERT`, without `ON DUPLICATE KEY` or `ON CONFLICT`.
    Insert = "insert", Rows;
    /// `UPDATE`.
    Update = "update", Rows;
    /// `DELETE`.
    Delete = "delete", Rows;
    /// `REPLACE`, and SQLite's `INSERT OR REPLACE`.
    Replace = "replace", Rows;
    /// `INSERT … ON DUPLICATE KEY UPDATE`, `INSERT … ON CONFLICT`.
    Upsert = "upsert", Rows;
    /// `LOAD DATA`, `LOAD XML`.
    LoadData = "load_data", Rows;
    /// `SELECT`, `VALUES`, `TABLE`, `WITH … SELECT`.
    Select = "select", Read;
    /// `SELECT … INTO OUTFILE` or `DUMPFILE`: writes a file on the server.
    SelectIntoFile = "select_into_file", Opaque;
    /// `SHOW`, `DESCRIBE`, `EXPLAIN`, `HELP`, `CHECK TABLE`, `CHECKSUM TABLE`.
    Show = "show", Read;
    /// `DO`: evaluates expressions.
    Do = "do", Read;
    /// `HANDLER`.
    Handler = "handler", Read;
    /// `SET` of variables of this session, of user variables, names, roles.
    Set = "set", Session;
    /// `SET GLOBAL`, `SET PERSIST`, `SET @@global.…`: changes the server for everyone.
    SetGlobal = "set_global", Opaque;
    /// `SET TRANSACTION`.
    SetTransaction = "set_transaction", Session;
    /// `SET PASSWORD`, `SET DEFAULT ROLE`.
    SetPassword = "set_password", Account;
    /// `USE`: later names mean another schema.
    Use = "use", Session;
    /// `CALL`.
    Call = "call", Opaque;
    /// `BEGIN`, `START TRANSACTION`.
    Begin = "begin", Transaction;
    /// `COMMIT`, SQLite's `END`.
    Commit = "commit", Transaction;
    /// `ROLLBACK`.
    Rollback = "rollback", Transaction;
    /// `SAVEPOINT`.
    Savepoint = "savepoint", Transaction;
    /// `ROLLBACK TO SAVEPOINT`.
    RollbackToSavepoint = "rollback_to_savepoint", Transaction;
    /// `RELEASE SAVEPOINT`.
    ReleaseSavepoint = "release_savepoint", Transaction;
    /// `XA …`.
    Xa = "xa", Transaction;
    /// `LOCK TABLES`.
    LockTables = "lock_tables", Opaque;
    /// `UNLOCK TABLES`.
    UnlockTables = "unlock_tables", Opaque;
    /// `PREPARE`.
    Prepare = "prepare", Session;
    /// `EXECUTE`, `EXECUTE IMMEDIATE`: runs whatever was prepared.
    Execute = "execute", Opaque;
    /// `DEALLOCATE PREPARE`.
    Deallocate = "deallocate", Session;
    /// `GRANT`.
    Grant = "grant", Account;
    /// `REVOKE`.
    Revoke = "revoke", Account;
    /// `CREATE`, `ALTER`, `DROP`, `RENAME` of users and roles.
    UserAdmin = "user_admin", Account;
    /// `ANALYZE TABLE`; SQLite's `ANALYZE`.
    Analyze = "analyze", Upkeep;
    /// `OPTIMIZE TABLE`.
    Optimize = "optimize", Upkeep;
    /// `REPAIR TABLE`.
    Repair = "repair", Upkeep;
    /// `FLUSH`, `RESET`, `CACHE INDEX`, `LOAD INDEX INTO CACHE`.
    Flush = "flush", Upkeep;
    /// `REINDEX` (SQLite).
    Reindex = "reindex", Upkeep;
    /// `KILL`, `SHUTDOWN`, `RESTART`, `PURGE`, `INSTALL`, `UNINSTALL`, replication control.
    ServerAdmin = "server_admin", Opaque;
    /// `PRAGMA` (SQLite).
    Pragma = "pragma", Opaque;
    /// `ATTACH` (SQLite).
    Attach = "attach", Session;
    /// `DETACH` (SQLite).
    Detach = "detach", Session;
    /// `VACUUM` (SQLite).
    Vacuum = "vacuum", Upkeep;
    /// A compound statement outside any routine: `BEGIN NOT ATOMIC`, `IF … END IF` (MariaDB).
    Compound = "compound", Opaque;
    /// `SIGNAL`, `RESIGNAL`, `GET DIAGNOSTICS`.
    Signal = "signal", Session;
    /// `CARIBOU STEP 'mark'`: what the handler of the file does itself, outside the database.
    OwnStep = "own_step", Own;
    /// `CARIBOU UNDO STEP 'mark'`: takes such a step back.
    OwnUndo = "own_undo", Own;
    /// Not recognised: may do anything.
    Unknown = "unknown", Opaque;
}

impl StatementKind {
    /// Changes definitions in a schema.
    pub fn is_ddl(self) -> bool {
        self.family() == Family::Definition
    }

    /// Changes rows, and nothing else.
    pub fn is_dml(self) -> bool {
        self.family() == Family::Rows
    }

    /// Begins, ends or marks a transaction.
    pub fn is_transaction_control(self) -> bool {
        self.family() == Family::Transaction
    }

    /// No statement of SQL: the handler of the file takes it.
    pub fn is_own(self) -> bool {
        self.family() == Family::Own
    }

    /// Its effects cannot be told from its text.
    pub fn is_opaque(self) -> bool {
        self.family() == Family::Opaque
    }

    /// Changes no data and no definitions for anyone else: reading and session settings.
    pub fn is_harmless(self) -> bool {
        matches!(self.family(), Family::Read | Family::Session | Family::Transaction)
    }

    /// True if the server commits what is open before (and after) it.
    ///
    /// MySQL manual, "Statements That Cause an Implicit Commit"; the same list holds for MariaDB.
    /// SQLite never commits by itself. Opaque kinds answer `true` where they may (the worst case);
    /// for temporary tables see [`super::Analysis::implicit_commit`].
    pub fn implicit_commit(self, dialect: Dialect) -> bool {
        if !dialect.is_mysql_family() {
            return false;
        }
        match self {
            StatementKind::Begin
            | StatementKind::LockTables
            | StatementKind::UnlockTables
            | StatementKind::Call
            | StatementKind::Execute
            | StatementKind::Compound
            | StatementKind::ServerAdmin
            | StatementKind::Unknown => true,
            other => matches!(other.family(), Family::Definition | Family::Account | Family::Upkeep),
        }
    }

    /// True if a `ROLLBACK` of the transaction around it undoes its effects.
    ///
    /// For rows this holds on transactional engines only (InnoDB, SQLite); the engine is not in
    /// the text. Anything opaque answers `false`.
    pub fn transactional(self, dialect: Dialect) -> bool {
        match self.family() {
            Family::Rows => true,
            Family::Definition => !dialect.is_mysql_family(),
            Family::Upkeep => !dialect.is_mysql_family() && self != StatementKind::Vacuum,
            Family::Read => true,
            Family::Account | Family::Transaction | Family::Session | Family::Opaque | Family::Own => false,
        }
    }
}

impl fmt::Display for StatementKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
