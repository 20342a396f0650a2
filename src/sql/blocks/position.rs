//! The place in a statement where the reader of blocks is.

/// A block that an `END` closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Begin,
    If,
    CaseStatement,
    CaseExpression,
    Loop,
    /// `WHILE`, `FOR`: the body begins after `DO` or `LOOP`.
    While,
    Repeat,
    /// Oracle mode: between `AS` and `BEGIN`.
    Declarations,
}

impl Block {
    pub(super) fn word(self) -> &'static str {
        match self {
            Block::Begin => "BEGIN",
            Block::If => "IF",
            Block::CaseStatement | Block::CaseExpression => "CASE",
            Block::Loop => "LOOP",
            Block::While => "WHILE or FOR",
            Block::Repeat => "REPEAT",
            Block::Declarations => "AS",
        }
    }
}

/// Head of a statement, before its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    Routine {
        depth: u32,
        parameters: bool,
        returns: bool,
    },
    /// `after` the words `EACH ROW`.
    Trigger {
        after: bool,
    },
    Event,
}

/// Position in a statement, as far as it has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing of the statement read yet.
    First,
    /// After `CREATE` or `ALTER`: what of?
    Create,
    /// A leading `BEGIN`, at this byte: a transaction, or MariaDB's `BEGIN NOT ATOMIC`.
    Begin(usize),
    Header(Header),
    Body,
    /// No blocks in here.
    Simple,
    SqliteCreate,
    SqliteTrigger {
        begun: bool,
        /// 0 elsewhere, 1 after a semicolon, 2 after `; END`.
        tail: u8,
        at: usize,
    },
}

/// Position in the conditions of `DECLARE … HANDLER FOR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declare {
    No,
    Declared,
    Handler,
    Conditions,
}

/// The last token, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    /// Nothing, or a `;`.
    Edge,
    /// `.` or `@`: what follows is a name.
    NameFollows,
    /// Something a value can end with.
    Operand,
    /// An operator, or a word after which a value must follow.
    Operator,
    Begin,
    Not,
    /// `=`, or a word that a type's `SET` follows.
    Assign,
}
