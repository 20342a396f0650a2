//! From the first words of a statement to what reads the rest of it.

use super::super::lexer::TokenKind;
use super::super::{Dialect, How, ObjectKind, StatementKind};
use super::parser::Parser;
use super::query::Frame;

/// Statements that touch no object, or none that the text tells: their first words and kind. The
/// first row that fits counts.
const SIMPLE: &[(&[&str], StatementKind)] = &[
    (&["BEGIN", "NOT", "ATOMIC"], StatementKind::Compound),
    (&["BEGIN"], StatementKind::Begin),
    (&["START", "TRANSACTION"], StatementKind::Begin),
    (&["START"], StatementKind::ServerAdmin),
    (&["STOP"], StatementKind::ServerAdmin),
    (&["COMMIT"], StatementKind::Commit),
    (&["SAVEPOINT"], StatementKind::Savepoint),
    (&["RELEASE"], StatementKind::ReleaseSavepoint),
    (&["ROLLBACK", "WORK", "TO"], StatementKind::RollbackToSavepoint),
    (&["ROLLBACK", "TRANSACTION", "TO"], StatementKind::RollbackToSavepoint),
    (&["ROLLBACK", "TO"], StatementKind::RollbackToSavepoint),
    (&["ROLLBACK"], StatementKind::Rollback),
    (&["XA"], StatementKind::Xa),
    (&["UNLOCK", "TABLES"], StatementKind::UnlockTables),
    (&["UNLOCK", "TABLE"], StatementKind::UnlockTables),
    (&["UNLOCK"], StatementKind::ServerAdmin),
    (&["PREPARE"], StatementKind::Prepare),
    (&["EXECUTE"], StatementKind::Execute),
    (&["DEALLOCATE"], StatementKind::Deallocate),
    (&["GRANT"], StatementKind::Grant),
    (&["REVOKE"], StatementKind::Revoke),
    (&["FLUSH"], StatementKind::Flush),
    (&["CACHE"], StatementKind::Flush),
    (&["RESET"], StatementKind::ServerAdmin),
    (&["KILL"], StatementKind::ServerAdmin),
    (&["SHUTDOWN"], StatementKind::ServerAdmin),
    (&["RESTART"], StatementKind::ServerAdmin),
    (&["PURGE"], StatementKind::ServerAdmin),
    (&["INSTALL"], StatementKind::ServerAdmin),
    (&["UNINSTALL"], StatementKind::ServerAdmin),
    (&["CHANGE"], StatementKind::ServerAdmin),
    (&["CLONE"], StatementKind::ServerAdmin),
    (&["BACKUP"], StatementKind::ServerAdmin),
    (&["BINLOG"], StatementKind::ServerAdmin),
    (&["SHOW"], StatementKind::Show),
    (&["HELP"], StatementKind::Show),
    (&["DO"], StatementKind::Do),
    (&["HANDLER"], StatementKind::Handler),
    (&["SIGNAL"], StatementKind::Signal),
    (&["RESIGNAL"], StatementKind::Signal),
    (&["GET"], StatementKind::Signal),
    (&["IF"], StatementKind::Compound),
    (&["CASE"], StatementKind::Compound),
    (&["LOOP"], StatementKind::Compound),
    (&["WHILE"], StatementKind::Compound),
    (&["REPEAT"], StatementKind::Compound),
    (&["FOR"], StatementKind::Compound),
];

/// The same for SQLite.
const SQLITE_SIMPLE: &[(&[&str], StatementKind)] = &[
    (&["BEGIN"], StatementKind::Begin),
    (&["COMMIT"], StatementKind::Commit),
    (&["END"], StatementKind::Commit),
    (&["SAVEPOINT"], StatementKind::Savepoint),
    (&["RELEASE"], StatementKind::ReleaseSavepoint),
    (&["ROLLBACK", "TRANSACTION", "TO"], StatementKind::RollbackToSavepoint),
    (&["ROLLBACK", "TO"], StatementKind::RollbackToSavepoint),
    (&["ROLLBACK"], StatementKind::Rollback),
    (&["EXPLAIN"], StatementKind::Show),
    (&["ATTACH"], StatementKind::Attach),
    (&["DETACH"], StatementKind::Detach),
    (&["VACUUM"], StatementKind::Vacuum),
    (&["REINDEX"], StatementKind::Reindex),
    (&["ANALYZE"], StatementKind::Analyze),
];

/// Upkeep of tables: verb, kind, what it does to each.
const UPKEEP: &[(&str, StatementKind, How)] = &[
    ("ANALYZE", StatementKind::Analyze, How::Reads),
    ("OPTIMIZE", StatementKind::Optimize, How::Alters),
    ("REPAIR", StatementKind::Repair, How::Alters),
    ("CHECK", StatementKind::Show, How::Reads),
    ("CHECKSUM", StatementKind::Show, How::Reads),
];

impl Parser<'_> {
    /// Reads one statement; `None` where it is not understood.
    pub(super) fn statement(&mut self) -> Option<()> {
        let mysql = self.dialect.is_mysql_family();
        if self.cursor.at_symbol("(") {
            self.analysis.kind = StatementKind::Select;
            self.scan(Frame::default(), None, false);
            self.reads_of_references();
            return self.analysis.flags.has_select.then_some(());
        }
        let rows = if mysql { SIMPLE } else { SQLITE_SIMPLE };
        if let Some((_, kind)) = rows.iter().find(|(words, _)| self.cursor.at_all(words)) {
            return self.set_kind(*kind);
        }
        if mysql && let Some(row) = UPKEEP.iter().find(|row| self.cursor.at(row.0)) {
            return self.upkeep(row.1, row.2);
        }
        let verb = self.cursor.next()?;
        if verb.kind != TokenKind::Word {
            return None;
        }
        match verb.text.to_ascii_uppercase().as_str() {
            "CREATE" => self.create(),
            "ALTER" => self.alter(),
            "DROP" => self.drop_object(),
            "RENAME" if mysql => self.rename(),
            "TRUNCATE" if mysql => self.truncate(),
            "INSERT" => self.insert(StatementKind::Insert),
            "REPLACE" => self.insert(StatementKind::Replace),
            "UPDATE" => self.update(),
            "DELETE" => self.delete(),
            "LOAD" if mysql => self.load(),
            "SELECT" => self.select(),
            "VALUES" => self.values(),
            "TABLE" if mysql => self.table_statement(),
            "WITH" => self.with_statement(),
            "PRAGMA" if !mysql => self.pragma(),
            "SET" if mysql => self.set(),
            "USE" if mysql => self.use_schema(),
            "CALL" if mysql => self.call(),
            "LOCK" if mysql => self.lock(),
            "EXPLAIN" | "DESC" | "DESCRIBE" if mysql => self.explain(),
            "CARIBOU" => self.own(),
            _ => None,
        }
    }

    /// `CARIBOU STEP 'mark' [FOR table, …]`, `CARIBOU UNDO STEP 'mark'`: for the handler of the file.
    fn own(&mut self) -> Option<()> {
        self.analysis.kind = if self.cursor.eat("UNDO") { StatementKind::OwnUndo } else { StatementKind::OwnStep };
        if !self.cursor.eat("STEP") {
            return None;
        }
        self.cursor.next().filter(|code| code.kind == TokenKind::Text)?;
        if self.cursor.eat("FOR") {
            loop {
                let table = self.cursor.object(ObjectKind::Table)?;
                self.touch(How::Reads, table);
                if !self.cursor.eat_symbol(",") {
                    break;
                }
            }
        }
        self.cursor.peek(0).is_none().then_some(())
    }

    fn select(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::Select;
        self.analysis.flags.has_select = true;
        self.scan(Frame::query(), None, true);
        Some(())
    }

    fn values(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::Select;
        self.scan(Frame::default(), None, true);
        Some(())
    }

    /// `TABLE t`: all its rows.
    fn table_statement(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::Select;
        self.scan(Frame::tables(), None, true);
        self.reads_of_references();
        Some(())
    }

    /// `WITH … SELECT|UPDATE|DELETE|INSERT|REPLACE`: the definitions end at the verb.
    fn with_statement(&mut self) -> Option<()> {
        self.with();
        self.pending_cte.as_ref()?;
        while self.pending_cte.is_some() {
            // One definition in its parentheses; the scanner goes on to the next after a comma.
            self.scan_definition()?;
        }
        self.recursive = false;
        match self.cursor.next()?.text.to_ascii_uppercase().as_str() {
            "SELECT" => self.select(),
            "UPDATE" => self.update(),
            "DELETE" => self.delete(),
            "INSERT" => self.insert(StatementKind::Insert),
            "REPLACE" => self.insert(StatementKind::Replace),
            "VALUES" => self.values(),
            _ => None,
        }
    }

    fn upkeep(&mut self, kind: StatementKind, how: How) -> Option<()> {
        self.cursor.next();
        self.cursor.eat_any(&["NO_WRITE_TO_BINLOG", "LOCAL"]);
        if self.cursor.eat_any(&["TABLE", "TABLES"]).is_none() {
            // MariaDB's ANALYZE runs the statement behind it.
            if kind != StatementKind::Analyze || self.dialect != Dialect::MariaDb {
                return None;
            }
            if self.cursor.eat("FORMAT") {
                self.cursor.eat_symbol("=");
                self.cursor.next();
            }
            return self.inner_statement();
        }
        self.analysis.kind = kind;
        loop {
            let table = self.cursor.object(ObjectKind::Table)?;
            self.touch(how, table);
            if !self.cursor.eat_symbol(",") {
                return Some(());
            }
            self.analysis.flags.multiple_objects = true;
        }
    }

    /// The statement that another one wraps: rows and queries only, so that wrappers do not nest.
    fn inner_statement(&mut self) -> Option<()> {
        const WRAPPED: [&str; 12] = [
            "SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "WITH", "CREATE", "ALTER", "DROP", "CALL", "TRUNCATE",
            "RENAME",
        ];
        if self.cursor.at_any(&WRAPPED) { self.statement() } else { None }
    }

    /// `EXPLAIN` looks; `EXPLAIN ANALYZE` runs.
    fn explain(&mut self) -> Option<()> {
        if self.cursor.eat("ANALYZE") {
            if self.cursor.eat("FORMAT") {
                self.cursor.eat_symbol("=");
                self.cursor.next();
            }
            return self.inner_statement();
        }
        self.set_kind(StatementKind::Show)
    }

    fn use_schema(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::Use;
        let schema = self.cursor.object(ObjectKind::Schema)?;
        self.touch(How::Reads, schema);
        self.cursor.peek(0).is_none().then_some(())
    }

    /// Most set something for the session, or ask; some a number that stays in the file.
    fn pragma(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::Pragma;
        let name = self.cursor.object(ObjectKind::Table)?.name;
        let number = ["user_version", "application_id"].iter().any(|number| name.eq_ignore_ascii_case(number));
        self.analysis.flags.lasting = number && self.cursor.peek(0).is_some();
        Some(())
    }

    fn call(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::Call;
        self.analysis.flags.partial = true;
        let procedure = self.cursor.object(ObjectKind::Procedure)?;
        self.touch(How::Reads, procedure);
        Some(())
    }

    /// `LOCK TABLES a READ, b AS x WRITE`; `LOCK INSTANCE FOR BACKUP`.
    fn lock(&mut self) -> Option<()> {
        if self.cursor.eat_any(&["TABLE", "TABLES"]).is_none() {
            return self.set_kind(StatementKind::ServerAdmin);
        }
        self.analysis.kind = StatementKind::LockTables;
        loop {
            let table = self.cursor.object(ObjectKind::Table)?;
            let mut how = How::Reads;
            while let Some(code) = self.cursor.peek(0).filter(|code| !code.is_symbol(",")) {
                if code.is_word("WRITE") {
                    how = How::Writes;
                }
                self.cursor.next();
            }
            self.touch(how, table);
            if !self.cursor.eat_symbol(",") {
                return Some(());
            }
            self.analysis.flags.multiple_objects = true;
        }
    }

    /// `SET`: of this session, of the server, of a password; MariaDB's `SET STATEMENT … FOR`.
    fn set(&mut self) -> Option<()> {
        if self.dialect == Dialect::MariaDb && self.cursor.eat("STATEMENT") {
            while let Some(code) = self.cursor.next() {
                if code.is_word("FOR") {
                    return self.inner_statement();
                }
            }
            return None;
        }
        if self.cursor.at("PASSWORD") || self.cursor.at_all(&["DEFAULT", "ROLE"]) {
            return self.set_kind(StatementKind::SetPassword);
        }
        if self.cursor.at("TRANSACTION")
            || self.cursor.at_all(&["SESSION", "TRANSACTION"])
            || self.cursor.at_all(&["LOCAL", "TRANSACTION"])
        {
            return self.set_kind(StatementKind::SetTransaction);
        }
        self.analysis.kind = StatementKind::Set;
        self.assignments()
    }

    /// Looks at what each assignment assigns to; values are searched for queries.
    fn assignments(&mut self) -> Option<()> {
        // Left of the `=`; how many `@` stand directly before; parentheses.
        let (mut left, mut begins, mut signs, mut depth) = (true, true, 0, 0_usize);
        while let Some(code) = self.cursor.peek(0) {
            let inside = self.cursor.peek(1).is_some_and(|code| code.is_word("SELECT"));
            if code.is_symbol("(") && inside {
                self.scan_definition()?;
                continue;
            }
            self.cursor.next();
            let global = ["GLOBAL", "PERSIST", "PERSIST_ONLY"].iter().any(|word| code.is_word(word));
            if left && global && (begins || signs == 2) {
                self.analysis.kind = StatementKind::SetGlobal;
            }
            self.analysis.flags.autocommit |= left && signs != 1 && code.is_word("AUTOCOMMIT");
            if code.is_symbol("(") {
                depth += 1;
            } else if code.is_symbol(")") {
                depth = depth.saturating_sub(1);
            }
            begins = code.is_symbol(",") && depth == 0;
            left = begins || (left && !code.is_symbol("=") && !code.is_symbol(":="));
            signs = if code.is_symbol("@") { signs + 1 } else { 0 };
        }
        Some(())
    }
}
