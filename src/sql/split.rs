//! Cuts a file into segments, as the servers' own clients would.
//!
//! With a delimiter other than `;` in force, the client sends everything up to it as one text and
//! the server runs the statements in it one after another. We never send two statements at once,
//! so such a text is cut again where its statements end, if each part begins as a statement does.

use super::blocks::Blocks;
use super::client::client_command;
use super::front_matter::front_matter;
use super::keyword::{is, one_of};
use super::language::Language;
use super::lexer::{LexError, Lexer, Token, TokenKind};
use super::position::{Lines, line_and_column};
use super::session::Session;
use super::{ClientCommand, Dialect, Segment, SegmentKind, SplitError, SplitFault};

/// Cuts a whole file. One pass; never more than linear in the length of the text.
pub fn split(text: &str, language: impl Into<Language>) -> Result<Vec<Segment<'_>>, SplitError> {
    let language = language.into();
    let (dialect, session) = (language.dialect, language.start());
    let mut splitter = Splitter {
        text,
        dialect,
        lexer: Lexer::new(text, dialect).with_modes(session.modes),
        session,
        delimiter: ";".to_owned(),
        lines: Lines::new(text),
        done: 0,
        segments: Vec::new(),
    };
    match splitter.run() {
        Ok(()) => Ok(splitter.segments),
        Err(error) => Err(describe(text, error)),
    }
}

struct Splitter<'a> {
    text: &'a str,
    dialect: Dialect,
    lexer: Lexer<'a>,
    /// Session as the statements so far have set it.
    session: Session,
    /// The delimiter in force.
    delimiter: String,
    lines: Lines<'a>,
    /// Everything before this byte is in `segments`.
    done: usize,
    segments: Vec<Segment<'a>>,
}

/// A statement inside the text up to a delimiter.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    /// The end of its segment, after the semicolon.
    piece_end: usize,
}

/// Text that has been read up to the next delimiter.
struct Reading {
    blocks: Blocks,
    /// Statements that a semicolon has ended.
    cuts: Vec<Span>,
    /// First byte of the statement being read, `None` before its first token.
    start: Option<usize>,
    /// After its last token.
    end: usize,
    /// `USE name` needs no delimiter, the line ends it: code tokens of it read so far.
    use_tokens: Option<u32>,
    /// Inside an executable comment, where nothing ends a statement.
    executable: bool,
    /// Of the cuts, how many have been passed to the session, and how that was before.
    passed: usize,
    before: Option<Session>,
}

impl<'a> Splitter<'a> {
    fn run(&mut self) -> Result<(), LexError> {
        if let Some(length) = front_matter(self.text) {
            self.lexer.jump(length);
        }
        while let Some(token) = self.lexer.next_token()? {
            if !token.is_code() || self.is_empty_statement(token) || self.is_dash_comment(token) {
                continue;
            }
            self.trivia_until(token.start);
            if !self.command(token)? {
                self.statement(token)?;
            }
        }
        self.trivia_until(self.text.len());
        Ok(())
    }

    fn slice(&self, token: Token) -> &'a str {
        &self.text[token.start..token.end]
    }

    /// A delimiter with nothing before it.
    fn is_empty_statement(&self, token: Token) -> bool {
        token.kind == TokenKind::Delimiter || (token.kind == TokenKind::Symbol && self.slice(token) == ";")
    }

    /// True if a comment of a client was skipped: where a statement would begin, the clients of MySQL and MariaDB take
    /// `--` for a comment without a blank behind it too: `--x`, `-------`. Inside a statement it is code.
    fn is_dash_comment(&mut self, token: Token) -> bool {
        let rest = &self.text[token.start..];
        if !self.dialect.is_mysql_family() || !rest.starts_with("--") {
            return false;
        }
        let length = rest.find('\n').unwrap_or(rest.len());
        self.lexer.jump(token.start + length);
        true
    }

    fn segment(&mut self, end: usize, kind: SegmentKind<'a>) {
        self.segments.push(Segment { text: &self.text[self.done..end], line: self.lines.line(self.done), kind });
        self.done = end;
    }

    fn trivia_until(&mut self, end: usize) {
        if self.done < end {
            self.segment(end, SegmentKind::Trivia);
        }
    }

    /// Takes a client command that begins with this token, if one does.
    fn command(&mut self, token: Token) -> Result<bool, LexError> {
        if token.kind == TokenKind::ExecOpen {
            return Ok(false);
        }
        let rest = &self.text[token.start..];
        let found = client_command(rest, self.dialect, &self.delimiter);
        let Some((length, command)) = found else {
            return Ok(false);
        };
        if let ClientCommand::Delimiter(text) = &command {
            if text.is_empty() || text.contains('\\') {
                let fault = SplitFault::BadDelimiter;
                return Err(LexError { at: token.start, fault });
            }
            self.delimiter.clone_from(text);
            self.lexer.set_delimiter(text);
        }
        let end = token.start + length;
        self.lexer.jump(end);
        self.segment(end, SegmentKind::ClientCommand(command));
        Ok(true)
    }

    /// Reads from the first token to the delimiter that is in force.
    fn statement(&mut self, first: Token) -> Result<(), LexError> {
        let mut reading = Reading::new(self.dialect);
        if self.dialect.is_mysql_family() && is(self.slice(first), "USE") {
            reading.use_tokens = Some(0);
        }
        let mut next = Some(first);
        while let Some(token) = next {
            if self.ends_use(&reading, token) {
                self.lexer.jump(token.start);
                self.finish(reading, token.start);
                return Ok(());
            }
            let slice = self.slice(token);
            self.refuse_untold(token)?;
            match token.kind {
                TokenKind::Delimiter => {
                    self.finish(reading, token.end);
                    return Ok(());
                }
                TokenKind::Symbol if slice == ";" => {
                    if reading.blocks.semicolon() && !reading.executable {
                        if !self.lexer.has_delimiter() {
                            self.finish(reading, token.end);
                            return Ok(());
                        }
                        reading.cut(self.dialect, token.end);
                        self.pass_within(&mut reading);
                    } else {
                        reading.code(token);
                    }
                }
                TokenKind::Symbol if slice == "\\" && self.backslash_ends(&reading, token) => {
                    let end = token.end + 1;
                    self.lexer.jump(end);
                    self.finish(reading, end);
                    return Ok(());
                }
                TokenKind::Word => {
                    reading.blocks.word(slice, token.start);
                    reading.code(token);
                }
                TokenKind::ExecOpen | TokenKind::ExecClose => {
                    reading.executable = token.kind == TokenKind::ExecOpen;
                    reading.code(token);
                }
                _ if token.is_code() => {
                    reading.blocks.other(slice);
                    reading.code(token);
                }
                _ => {}
            }
            next = self.lexer.next_token()?;
        }
        if let (Some((word, at)), false) = (reading.blocks.open(), self.lexer.has_delimiter()) {
            let word = word.to_owned();
            let fault = SplitFault::UnclosedBlock { word };
            return Err(LexError { at, fault });
        }
        let end = self.lexer.position();
        self.finish(reading, end);
        Ok(())
    }

    /// `\g` and `\G` send the statement, as `;` does.
    fn backslash_ends(&self, reading: &Reading, token: Token) -> bool {
        let letter = self.text.as_bytes().get(token.end);
        self.dialect.is_mysql_family()
            && matches!(letter, Some(b'g' | b'G'))
            && reading.blocks.open().is_none()
            && !reading.executable
    }

    /// True if a `USE name` ends before this token, because the line does.
    fn ends_use(&self, reading: &Reading, token: Token) -> bool {
        reading.use_tokens.is_some_and(|n| n >= 2)
            && !reading.executable
            && token.kind == TokenKind::Blank
            && self.slice(token).contains('\n')
    }

    /// A quote or a backslash may mean two things where it is not told which mode is in force.
    fn refuse_untold(&self, token: Token) -> Result<(), LexError> {
        let slice = self.slice(token);
        let quoted = matches!(token.kind, TokenKind::Text | TokenKind::Quoted);
        if self.session.is_told() || !quoted || !(slice.starts_with('"') || slice.contains('\\')) {
            return Ok(());
        }
        let fault = SplitFault::Untold { setting: "sql_mode".to_owned() };
        Err(LexError { at: token.start, fault })
    }

    /// Turns what was read into segments, up to `end`, which is after the delimiter.
    fn finish(&mut self, mut reading: Reading, end: usize) {
        let broken = reading.blocks.open().is_some();
        let whole_end = reading.end;
        let whole_start = reading.cuts.first().map_or(reading.start, |s| Some(s.start));
        reading.cut(self.dialect, end);
        let all_begin_well =
            reading.cuts.len() < 2 || (!broken && reading.cuts.iter().all(|span| self.begins_well(span)));
        if all_begin_well {
            for (at, span) in reading.cuts.iter().enumerate() {
                self.trivia_until(span.start);
                if at >= reading.passed {
                    self.pass(span.start, span.end);
                }
                self.emit(span.start, span.end, span.piece_end);
            }
        } else if let Some(start) = whole_start {
            if let Some(before) = reading.before.take() {
                self.session = before;
            }
            self.pass(start, whole_end);
            self.emit(start, whole_end, end);
        }
        // The delimiter after a semicolon: `END; //`.
        self.trivia_until(end);
    }

    /// A statement sets what the ones behind it are read by.
    fn pass(&mut self, start: usize, end: usize) {
        self.session.advance(&self.text[start..end]);
        self.lexer.set_modes(self.session.modes);
    }

    /// The same of one before the delimiter, if it turns out to be one.
    fn pass_within(&mut self, reading: &mut Reading) {
        let Some(span) = reading.cuts.last().filter(|_| reading.cuts.len() > reading.passed) else { return };
        reading.before.get_or_insert_with(|| self.session.clone());
        reading.passed = reading.cuts.len();
        self.pass(span.start, span.end);
    }

    fn emit(&mut self, start: usize, end: usize, piece_end: usize) {
        self.segment(piece_end, SegmentKind::Statement(&self.text[start..end]));
    }

    /// Begins with a word that statements begin with.
    fn begins_well(&self, span: &Span) -> bool {
        let text = self.text[span.start..span.end].trim_start_matches('(');
        let end = text.find(|c: char| !c.is_ascii_alphabetic());
        one_of(&text[..end.unwrap_or(text.len())], STATEMENT_WORDS)
            || text.starts_with("/*!")
            || text.starts_with("/*M!")
    }
}

/// Words that a statement begins with, for cutting between client delimiters.
const STATEMENT_WORDS: &[&str] = &[
    "ALTER",
    "ANALYZE",
    "BEGIN",
    "CALL",
    "COMMIT",
    "CREATE",
    "DEALLOCATE",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DO",
    "DROP",
    "EXECUTE",
    "EXPLAIN",
    "FLUSH",
    "GRANT",
    "INSERT",
    "LOAD",
    "LOCK",
    "OPTIMIZE",
    "PREPARE",
    "RENAME",
    "REPLACE",
    "REVOKE",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "SHOW",
    "SIGNAL",
    "START",
    "TRUNCATE",
    "UNLOCK",
    "UPDATE",
    "USE",
    "WITH",
];

impl Reading {
    fn new(dialect: Dialect) -> Self {
        Reading {
            blocks: Blocks::new(dialect),
            cuts: Vec::new(),
            start: None,
            end: 0,
            use_tokens: None,
            executable: false,
            passed: 0,
            before: None,
        }
    }

    fn code(&mut self, token: Token) {
        self.start.get_or_insert(token.start);
        self.end = token.end;
        if let Some(count) = &mut self.use_tokens {
            *count += 1;
        }
    }

    /// Ends the statement being read.
    fn cut(&mut self, dialect: Dialect, piece_end: usize) {
        self.blocks = Blocks::new(dialect);
        if let Some(start) = self.start.take() {
            self.cuts.push(Span { start, end: self.end, piece_end });
        }
    }
}

pub(super) fn describe(text: &str, error: LexError) -> SplitError {
    let (line, column) = line_and_column(text, error.at);
    let hint = match &error.fault {
        SplitFault::UnclosedString { quote } => {
            format!("close it with {quote}, or double or escape a {quote} that belongs to the text")
        }
        SplitFault::UnclosedIdentifier { .. } => "close the quoted name".to_owned(),
        SplitFault::UnclosedComment { .. } => "close it with */".to_owned(),
        SplitFault::UnclosedBlock { .. } => {
            "add the missing END, or put the routine between DELIMITER lines".to_owned()
        }
        SplitFault::BadDelimiter => "write for instance: DELIMITER //".to_owned(),
        SplitFault::Untold { setting } => {
            format!("set {setting} to a text, to DEFAULT, or to what the script itself put into a variable before")
        }
        SplitFault::OtherSigns { .. } => {
            "leave the character set at utf8mb4, or put this in a file of its own".to_owned()
        }
        SplitFault::ExpectedRows { .. } => format!("use {}", super::row_range::FORMS),
        SplitFault::RowsBehind => "write it on a line of its own before the statement that it is about".to_owned(),
        SplitFault::NoRowsExpected { .. } => {
            "write it before an INSERT, UPDATE, DELETE or REPLACE, or leave it out".to_owned()
        }
    };
    SplitError { line, column, what: error.fault, hint }
}
