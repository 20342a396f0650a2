//! Knows which semicolons end a statement and which stand inside the body of a routine.
//!
//! Follows only as much grammar as that takes. MySQL manual, "Compound Statement Syntax"; MariaDB,
//! "Programmatic & Compound Statements"; SQLite's `sqlite3_complete()`. A word counts as a keyword
//! only where a statement of the body can begin, because `BEGIN`, `END` and others are not
//! reserved and may be names of columns.

mod body;
mod position;

use super::Dialect;
use super::keyword::{is, one_of};
use position::{Block, Declare, Header, Last, Phase};

/// Words that begin a statement and cannot stand in the header of a routine.
const STARTERS: &[&str] = &[
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "REPLACE",
    "CALL",
    "DO",
    "WITH",
    "CREATE",
    "DROP",
    "ALTER",
    "TRUNCATE",
    "START",
    "COMMIT",
    "ROLLBACK",
    "SHOW",
    "EXECUTE",
    "PREPARE",
    "SIGNAL",
    "RESIGNAL",
    "VALUES",
    "SET",
    "RETURN",
    "OPEN",
    "FETCH",
    "CLOSE",
    "LEAVE",
    "ITERATE",
    "GET",
    "DEALLOCATE",
    "LOCK",
    "UNLOCK",
    "RENAME",
    "GRANT",
    "REVOKE",
    "ANALYZE",
    "OPTIMIZE",
    "FLUSH",
    "KILL",
    "USE",
    "DELIMITER",
];
/// Words that begin a block.
const OPENERS: &[&str] = &["BEGIN", "IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR"];
/// Words after which a value must follow, so that an `END` behind them is a name.
const BEFORE_VALUE: &[&str] = &[
    "WHEN", "THEN", "ELSE", "CASE", "AND", "OR", "XOR", "DIV", "MOD", "LIKE", "IS", "IN", "BETWEEN", "REGEXP", "RLIKE",
    "SELECT", "WHERE", "ON", "BY",
];

/// Follows one statement; told of every code token in it.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    dialect: Dialect,
    phase: Phase,
    /// Open blocks with the byte of the word that opened each.
    stack: Vec<(Block, usize)>,
    at_start: bool,
    /// Code tokens since the start of the inner statement: `label :` is two.
    count: u32,
    declare: Declare,
    /// Inside `UNTIL …`, which an `END` ends without a semicolon.
    until: bool,
    /// After `END`, up to the semicolon: `END IF`, `END LOOP label`.
    tail: bool,
    last: Last,
    /// A name follows `FOLLOWS`, `PRECEDES`.
    skip_name: bool,
}

impl Blocks {
    pub fn new(dialect: Dialect) -> Self {
        Blocks {
            dialect,
            phase: Phase::First,
            stack: Vec::new(),
            at_start: false,
            count: 0,
            declare: Declare::No,
            until: false,
            tail: false,
            last: Last::Edge,
            skip_name: false,
        }
    }

    /// The innermost block that is still open: its word and the byte where it stands.
    pub fn open(&self) -> Option<(&'static str, usize)> {
        if let Phase::SqliteTrigger { begun: true, tail, at } = self.phase {
            return (tail != 2).then_some(("BEGIN", at));
        }
        let blocks = self.stack.iter().rev();
        let mut blocks = blocks.filter(|(block, _)| *block != Block::CaseExpression);
        blocks.next().map(|&(block, at)| (block.word(), at))
    }

    /// A semicolon. `true`: it ends the statement.
    pub fn semicolon(&mut self) -> bool {
        self.last = Last::Edge;
        match &mut self.phase {
            Phase::SqliteTrigger { begun: true, tail, .. } => {
                let ends = *tail == 2;
                *tail = 1;
                return ends;
            }
            Phase::Body => {}
            _ => return true,
        }
        while self.top() == Some(Block::CaseExpression) {
            self.stack.pop();
        }
        if self.stack.is_empty() {
            return true;
        }
        self.start();
        false
    }

    /// Any code token that is neither a bare word nor a semicolon.
    pub fn other(&mut self, text: &str) {
        match self.phase {
            Phase::Simple => return,
            Phase::First | Phase::Begin(_) => self.phase = Phase::Simple,
            Phase::SqliteTrigger { ref mut tail, .. } => *tail = 0,
            Phase::SqliteCreate => self.phase = Phase::Simple,
            Phase::Header(ref mut header) => header_symbol(header, text),
            Phase::Body if self.at_start => self.leave_start(),
            Phase::Body | Phase::Create => {}
        }
        self.count += 1;
        if text == ":" && self.phase == Phase::Body && self.count == 2 && !self.tail {
            self.start();
        }
        if self.skip_name && text != "." {
            self.skip_name = false;
        }
        self.last = match text {
            "." | "@" => Last::NameFollows,
            "=" => Last::Assign,
            ")" => Last::Operand,
            _ if text.starts_with(|c: char| c.is_ascii_punctuation() && !"'\"`[".contains(c)) => Last::Operator,
            _ => Last::Operand,
        };
    }

    /// A bare word at this byte.
    pub fn word(&mut self, word: &str, at: usize) {
        if self.phase == Phase::Simple {
            return;
        }
        if self.last == Last::NameFollows {
            if self.at_start {
                self.leave_start();
            }
            self.last = Last::Operand;
            return;
        }
        match self.phase {
            Phase::First => self.first(word, at),
            Phase::Create => self.create(word),
            Phase::Begin(begun) => {
                self.phase = Phase::Simple;
                if is(word, "NOT") && self.dialect == Dialect::MariaDb {
                    self.phase = Phase::Body;
                    self.push(Block::Begin, begun);
                }
            }
            Phase::Header(header) => self.header(header, word, at),
            Phase::Body => self.body(word, at),
            Phase::SqliteCreate => self.sqlite_create(word, at),
            Phase::SqliteTrigger { begun, tail, at: opened } => {
                let begins = !begun && is(word, "BEGIN");
                self.phase = Phase::SqliteTrigger {
                    begun: begun || begins,
                    tail: if begun && tail == 1 && is(word, "END") { 2 } else { 0 },
                    at: if begins { at } else { opened },
                };
            }
            Phase::Simple => {}
        }
        self.last = if is(word, "BEGIN") {
            Last::Begin
        } else if is(word, "NOT") {
            Last::Not
        } else if one_of(word, &["CHARACTER", "CHAR", "RETURNS"]) {
            Last::Assign
        } else if one_of(word, BEFORE_VALUE) {
            Last::Operator
        } else {
            Last::Operand
        };
    }

    fn first(&mut self, word: &str, at: usize) {
        if !self.dialect.is_mysql_family() {
            self.phase = if is(word, "CREATE") {
                Phase::SqliteCreate
            } else if one_of(word, &["EXPLAIN", "QUERY", "PLAN"]) {
                Phase::First
            } else {
                Phase::Simple
            };
        } else if one_of(word, &["CREATE", "ALTER"]) {
            self.phase = Phase::Create;
        } else if is(word, "BEGIN") {
            self.phase = Phase::Begin(at);
        } else if one_of(word, OPENERS) {
            self.phase = Phase::Body;
            self.start();
            self.body(word, at);
        } else {
            self.phase = Phase::Simple;
        }
    }

    fn create(&mut self, word: &str) {
        if self.last == Last::Assign {
            return; // the user of DEFINER = user@host
        }
        self.phase = if one_of(word, &["PROCEDURE", "FUNCTION"]) {
            Phase::Header(Header::Routine { depth: 0, parameters: false, returns: false })
        } else if is(word, "TRIGGER") {
            Phase::Header(Header::Trigger { after: false })
        } else if is(word, "EVENT") {
            Phase::Header(Header::Event)
        } else if one_of(word, &["OR", "REPLACE", "DEFINER", "AGGREGATE", "CURRENT_USER", "CURRENT_ROLE"]) {
            Phase::Create
        } else {
            Phase::Simple
        };
    }

    fn sqlite_create(&mut self, word: &str, at: usize) {
        if is(word, "TRIGGER") {
            self.phase = Phase::SqliteTrigger { begun: false, tail: 0, at };
        } else if !one_of(word, &["TEMP", "TEMPORARY"]) {
            self.phase = Phase::Simple;
        }
    }

    fn header(&mut self, header: Header, word: &str, at: usize) {
        if self.skip_name {
            self.skip_name = false;
            return;
        }
        let begins = match header {
            Header::Event => {
                if is(word, "DO") {
                    self.phase = Phase::Body;
                    self.start();
                }
                false
            }
            Header::Trigger { after: false } => {
                if is(word, "ROW") {
                    self.phase = Phase::Header(Header::Trigger { after: true });
                }
                false
            }
            Header::Trigger { after: true } => {
                self.skip_name = one_of(word, &["FOLLOWS", "PRECEDES"]);
                !self.skip_name
            }
            Header::Routine { depth, .. } if depth > 0 => false,
            Header::Routine { parameters, returns, .. } => self.routine_header(word, at, parameters, returns),
        };
        if begins {
            self.phase = Phase::Body;
            self.start();
            self.body(word, at);
        }
    }

    /// True if the body of a routine begins with this word.
    fn routine_header(&mut self, word: &str, at: usize, parameters: bool, returns: bool) -> bool {
        if is(word, "RETURNS") {
            self.phase = Phase::Header(Header::Routine { depth: 0, parameters, returns: true });
            return false;
        }
        if self.dialect == Dialect::MariaDb && one_of(word, &["AS", "IS"]) {
            self.phase = Phase::Body;
            self.push(Block::Declarations, at);
            return false;
        }
        if !parameters || (is(word, "SET") && self.last == Last::Assign) {
            return false;
        }
        // Oracle mode has RETURN where others have RETURNS.
        one_of(word, OPENERS) || (one_of(word, STARTERS) && (returns || !is(word, "RETURN")))
    }
}

/// Parentheses around the parameters of a routine.
fn header_symbol(header: &mut Header, text: &str) {
    if let Header::Routine { depth, parameters, .. } = header {
        match text {
            "(" => *depth += 1,
            ")" => {
                *depth = depth.saturating_sub(1);
                *parameters |= *depth == 0;
            }
            _ => {}
        }
    }
}
