//! What freezing means on the server that the console is attached to: whom it hits, what it waits for, how it is done,
//! and what ends it. What the dialog of a freeze says before it is accepted.

use super::consequence::running;
use crate::console::state::app::App;

/// The means by which a sort of server keeps others from writing.
struct Means {
    kind: &'static str,
    /// What is frozen, behind the name of the server.
    what: &'static str,
    hits: &'static str,
    waits: &'static str,
    how: &'static str,
    otherwise: &'static str,
}

const READ_ONLY: Means = Means {
    kind: "",
    what: "the whole server",
    hits: "Nobody else can write: every schema, every account; reading goes on",
    waits: "for open write transactions, at most 3 s; else nothing is set, and you are told whose",
    how: "read_only = 1, ENFORCED by the server, between two of our statements; we are exempt",
    otherwise: "where the worker's account may not set it: ADVISORY, told, and nothing stops writers",
};

const MEANS: [Means; 1] = [Means {
    kind: "sqlite",
    what: "the core file",
    hits: "Nobody else can write to the file: “database is locked”; reading goes on",
    waits: "for a program that writes now, at most 3 s; where it goes on, nothing is frozen",
    how: "SQLite's own write lock, ENFORCED, held by the worker while no file runs",
    otherwise: "while files run, a write of others can come between two of our statements",
}];

fn means(app: &App) -> &'static Means {
    let kind = app.data.server.as_ref().map_or("", |server| server.kind.as_str());
    MEANS.iter().find(|means| means.kind == kind).unwrap_or(&READ_ONLY)
}

/// What is frozen: "the whole server, not only lupopedia".
pub fn target(app: &App) -> String {
    let (what, core) = (means(app).what, app.data.server.as_ref().map(|server| server.core.as_str()));
    match core.filter(|_| means(app).kind.is_empty()) {
        Some(core) => format!("{what}, not only {core}"),
        None => what.to_owned(),
    }
}

/// What will follow of a freeze.
pub fn lines(app: &App) -> Vec<String> {
    let means = means(app);
    let connections = app.data.live.as_ref().and_then(|live| live.load.as_ref()).and_then(|load| load.connections);
    let connections = connections.map_or_else(String::new, |n| format!("; {n} connections now"));
    let mut lines = vec![format!("HITS   {}{connections}", means.hits), format!("WAITS  {}", means.waits)];
    if let Some(running) = app.data.batch().and_then(running) {
        lines.push(format!("       {running} ends first"));
    }
    lines.push(format!("HOW    {}", means.how));
    lines.push(format!("       {}", means.otherwise));
    lines.push("ENDS   by a thaw, with the worker, or when nothing has run for freeze.max_idle".to_owned());
    lines
}
