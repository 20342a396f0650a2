//! The server's own client on a file.

use crate::support::{Fresh, native_client_with};
use caribou::database::{Place, ServerKind};
use std::sync::OnceLock;

/// A moment for both clients, so that what files write with `NOW()` is the same.
pub const MOMENT: &str = "1700000000";

/// One statement that the server refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 1-based, as the client counts: where the statement, or the comment before it, begins.
    pub line: u32,
    /// The server's number.
    pub code: String,
    /// The server's words, the schema's name taken out.
    pub message: String,
}

/// Result of a file.
#[derive(Debug, Default)]
pub struct Verdict {
    /// In the order of the file; at most one, unless the client was to go on.
    pub refused: Vec<Refusal>,
    /// Number of statements that the client sent; known where it came to the end.
    pub sent: Option<usize>,
}

/// Runs a file through the native client, which goes on after errors when it is to.
pub fn run(fresh: &Fresh, text: &str, goes_on: bool) -> Verdict {
    static OF_ITS_OWN: [OnceLock<usize>; 2] = [OnceLock::new(), OnceLock::new()];
    // What the client asks for itself when it connects, and to count.
    let slot = &OF_ITS_OWN[usize::from(fresh.kind == ServerKind::MySql)];
    let own = *slot.get_or_init(|| counted(fresh, "", false).sent.expect("a count"));
    let verdict = counted(fresh, text, goes_on);
    Verdict { sent: verdict.sent.map(|count| count - own), ..verdict }
}

fn counted(fresh: &Fresh, text: &str, goes_on: bool) -> Verdict {
    let Place::Server(address) = &fresh.target.place else { panic!("SQLite has no native client here") };
    let core = &fresh.schemas().core;
    let start = format!("--init-command=SET TIMESTAMP={MOMENT}");
    // MySQL's client keeps comments since 8.0, MariaDB's leaves them out, even of routines' bodies. Where they are kept,
    // each line of them is sent as a statement, and a DELIMITER after a block of them is not obeyed.
    let mut options = vec!["--skip-comments", start.as_str()];
    if goes_on {
        options.push("--force");
    }
    // The server counts for us. The empty string is for files whose last statement has no end.
    let counting = format!("{text}\n;SHOW SESSION STATUS LIKE 'Questions'");
    let done = native_client_with(fresh.kind, address, Some(core), &options, &counting).expect("the client runs");
    let errors = String::from_utf8_lossy(&done.stderr);
    let refused: Vec<Refusal> = errors.lines().filter_map(|line| refusal(line, core)).collect();
    let said = String::from_utf8_lossy(&done.stdout);
    let questions = said.lines().rev().find_map(|line| line.strip_prefix("Questions\t")?.parse::<usize>().ok());
    assert!(questions.is_some() || !refused.is_empty(), "the client said neither: {errors}");
    Verdict { refused, sent: questions }
}

/// `ERROR 1050 (42S01) at line 3: Table 't' already exists`
fn refusal(line: &str, core: &str) -> Option<Refusal> {
    let rest = line.strip_prefix("ERROR ")?;
    let (head, message) = rest.split_once(": ")?;
    let code = head.split_whitespace().next()?;
    // The client's own, for the end that was added.
    if message.starts_with("No query specified") {
        return None;
    }
    let line = head.rsplit_once(" at line ")?.1.parse().ok()?;
    Some(Refusal { line, code: code.to_owned(), message: without(message, core) })
}

/// A text with the schema's name taken out.
pub fn without(text: &str, schema: &str) -> String {
    if schema.is_empty() {
        return text.to_owned();
    }
    ["`", "'"].iter().fold(text.to_owned(), |text, quote| {
        let whole = text.replace(&format!("{quote}{schema}{quote}"), &format!("{quote}core{quote}"));
        whole.replace(&format!("{quote}{schema}."), &format!("{quote}core."))
    })
}
