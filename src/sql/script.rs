//! A file read: split, each statement analysed as the session reads it by then.

use super::called::may_write_by_calls;
use super::language::Language;
use super::lexer::LexError;
use super::modes::Charset;
use super::plain::plain;
use super::prepared::{Prepared, runs};
use super::row_range::expected_rows;
use super::session::{Completion, Session};
use super::split::describe;
use super::{
    Analysis, ClientCommandAt, Script, SegmentKind, SplitError, SplitFault, Statement, StatementKind, analyse, asking,
    canonical_hash, split, temporary,
};

/// Splits and analyses a file.
pub fn read(text: &str, language: impl Into<Language>) -> Result<Script, SplitError> {
    let language = language.into();
    let mut session = language.start();
    let as_it_ran = language.as_it_ran.clone();
    let mut script = Script { session: language.variables().to_vec(), ..Script::default() };
    let mut ended = 0;
    let mut prepared = Prepared::default();
    for segment in split(text, language)? {
        match segment.kind {
            SegmentKind::Statement(sql) => {
                let index = u32::try_from(script.statements.len()).unwrap_or(u32::MAX);
                let at = sql.as_ptr() as usize - text.as_ptr() as usize;
                let statement = statement(sql, (index, segment.line), &session)
                    .and_then(|statement| expecting(statement, &text[ended..at]));
                ended = segment.text.as_ptr() as usize + segment.text.len() - text.as_ptr() as usize;
                let statement = statement.map_err(|fault| describe(text, LexError { at, fault }))?;
                let as_it_ran = as_it_ran.get(&statement.index);
                script.statements.push(following(statement, (&mut prepared, as_it_ran), &mut session));
            }
            SegmentKind::ClientCommand(command) if command.cannot_run() => {
                script.client_commands.push(ClientCommandAt { line: segment.line, command });
            }
            SegmentKind::ClientCommand(_) | SegmentKind::Trivia => {}
        }
    }
    temporary::mark(&mut script.statements, session.dialect());
    asking::mark(&mut script.statements, session.dialect());
    Ok(script)
}

/// One statement, as the session reads it by then.
fn statement(sql: &str, (index, line): (u32, u32), session: &Session) -> Result<Statement, SplitFault> {
    let dialect = session.dialect();
    let plain = in_plain_words(sql, session)?;
    let read = plain.as_deref().unwrap_or(sql);
    let mut analysis = analyse(read, dialect);
    analysis.flags.no_autocommit = session.no_autocommit;
    if matches!(analysis.kind, StatementKind::Commit | StatementKind::Rollback) && dialect.is_mysql_family() {
        let (chains, releases) = ends(read, session.completion)?;
        (analysis.flags.chains, analysis.flags.releases) = (chains, releases);
    }
    let hash = canonical_hash(read, dialect);
    let foreign_key_checks = session.foreign_key_checks_of(sql);
    let (sql, rows, alternatives) = (sql.to_owned(), None, Vec::new());
    Ok(Statement { index, line, sql, hash, plain, analysis, rows, foreign_key_checks, alternatives })
}

/// The same, where it runs a text that was prepared as what that text says: as the file tells it, or as the session
/// held it when it ran. The session goes on behind it.
fn following(
    statement: Statement,
    (prepared, as_it_ran): (&mut Prepared, Option<&String>),
    session: &mut Session,
) -> Statement {
    let kind = statement.analysis.kind;
    let in_plain_words = |text: &str| Some(in_plain_words(text, session).ok()?.unwrap_or_else(|| text.to_owned()));
    let of_file = prepared.told((&statement.sql, kind), session, in_plain_words);
    // A function that it called changed what cannot be told: it is as opaque as a call.
    if may_write_by_calls(kind)
        && let Some(text) = as_it_ran
    {
        session.advance(&statement.sql);
        return Statement { analysis: analyse(text, session.dialect()), ..statement };
    }
    let told = match as_it_ran.and_then(|text| in_plain_words(text)) {
        Some(text) => runs(vec![text], &session.codes(&statement.sql), session.dialect()),
        None => of_file,
    };
    let no_autocommit = session.no_autocommit;
    let one = |(text, mut analysis): (String, Analysis)| {
        analysis.flags.no_autocommit = no_autocommit;
        Statement { plain: Some(text), analysis, ..statement.clone() }
    };
    match <[_; 1]>::try_from(told) {
        Ok([only]) => one(only),
        Err(several) if several.is_empty() => {
            session.advance(&statement.sql);
            statement
        }
        Err(several) => Statement { alternatives: several.into_iter().map(one).collect(), ..statement.clone() },
    }
}

/// The same with the number of rows that the comments before it expect.
fn expecting(statement: Statement, before: &str) -> Result<Statement, SplitFault> {
    let (behind, before) = match statement.index {
        0 => ("", before),
        _ => before.split_once('\n').unwrap_or((before, "")),
    };
    // Whoever writes it at the end of a line means the statement before it, which has been read.
    if expected_rows(behind) != Ok(None) {
        return Err(SplitFault::RowsBehind);
    }
    let rows = expected_rows(before).map_err(|value| SplitFault::ExpectedRows { value })?;
    if rows.is_some() && !statement.analysis.kind.is_dml() {
        return Err(SplitFault::NoRowsExpected { kind: statement.analysis.kind.as_str().to_owned() });
    }
    Ok(Statement { rows, ..statement })
}

fn in_plain_words(sql: &str, session: &Session) -> Result<Option<String>, SplitFault> {
    let charset = session.charset();
    let signs = match charset.read(sql) {
        Some(text) => text,
        None => {
            let Charset::Other(charset) = charset else { return Ok(None) };
            return Err(SplitFault::OtherSigns { charset });
        }
    };
    let words = if session.modes.are_plain() { signs } else { plain(&signs, session.dialect(), session.modes) };
    Ok(Some(words).filter(|words| words != sql))
}

/// True if a COMMIT or ROLLBACK begins the next transaction, and true if it ends the connection: by its own words, else
/// by `completion_type`.
fn ends(sql: &str, completion: Completion) -> Result<(bool, bool), SplitFault> {
    let upper = sql.to_ascii_uppercase();
    let words: Vec<&str> = upper.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let said = |word: &str| {
        let at = words.iter().position(|found| *found == word)?;
        Some(at == 0 || words[at - 1] != "NO")
    };
    match (said("CHAIN"), said("RELEASE"), completion) {
        (None, None, Completion::Untold) => Err(SplitFault::Untold { setting: "completion_type".to_owned() }),
        (None, None, completion) => Ok((completion == Completion::Chain, completion == Completion::Release)),
        (chain, release, _) => Ok((chain.unwrap_or_default(), release.unwrap_or_default())),
    }
}

/// The statements of a file; [`read`] also tells of client commands that cannot run.
pub fn statements(text: &str, language: impl Into<Language>) -> Result<Vec<Statement>, SplitError> {
    Ok(read(text, language)?.statements)
}
