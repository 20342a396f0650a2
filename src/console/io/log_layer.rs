//! The layer of the program's diagnostics that fills the Log screen: what happened as a sentence, under the name of the
//! room of the program that it came from. The log file has the same with its fields and paths, for who mends the program.

use std::fmt::{Debug, Write};
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Rooms by the beginning of a path within this program; the first that fits.
const ROOMS: &[(&str, &str)] = &[
    ("engine::freeze", "freeze"),
    ("engine::throttle", "throttle"),
    ("engine::inbox", "lease"),
    ("engine::undo", "undo"),
    ("engine", "worker"),
    ("notify", "alerts"),
    ("database", "server"),
    ("store", "store"),
    ("kept", "kept"),
    ("metrics", "metrics"),
    ("handlers", "files"),
    ("check", "checks"),
    ("cli::feed", "console"),
    ("cli::console", "console"),
    ("console", "console"),
];

/// The room that a record came from; of another program's part that is its own first word.
pub(super) fn room(target: &str) -> &str {
    let (program, path) = target.split_once("::").unwrap_or((target, ""));
    match program {
        "caribou" => {
            let is_in =
                |room: &str| path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
            ROOMS.iter().find(|(room, _)| is_in(room)).map_or(program, |(_, name)| *name)
        }
        "sqlx" => "sql",
        other => other,
    }
}

/// What an event says, gathered from its fields.
#[derive(Debug, Default)]
struct Said {
    message: String,
    error: Option<String>,
    /// The rest, in words.
    about: Vec<String>,
}

impl Said {
    fn take(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = without_sql(&value),
            "error" | "panic" | "also" | "reason" => self.error = Some(without_sql(&value)),
            name => self.about.push(match name.strip_suffix("_ms") {
                Some(name) => format!("{} {value} ms", name.replace('_', " ")),
                None => format!("{} {value}", name.replace('_', " ")),
            }),
        }
    }

    /// One sentence: what happened, why, and what it was about.
    fn sentence(&self) -> String {
        let mut text = self.message.clone();
        if let Some(error) = &self.error {
            let _ = write!(text, "{}{error}", if text.is_empty() { "" } else { ": " });
        }
        if !self.about.is_empty() {
            let _ = write!(text, " ({})", self.about.join(", "));
        }
        text
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.take(field, format!("{value:?}"));
    }
}

/// An error of the database without the statement that it quotes: which of Caribou's own statements it was helps nobody
/// who reads the screen.
fn without_sql(error: &str) -> String {
    const QUOTED: &str = "could not run ";
    let Some((before, rest)) = error.split_once(QUOTED) else { return error.to_owned() };
    match rest.split_once(": ") {
        Some((_, why)) => format!("{before}{why}"),
        None => format!("{before}a statement was not run"),
    }
}

/// The layer.
pub(crate) struct LogLayer;

impl<S: tracing::Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let metadata = event.metadata();
        let level = match *metadata.level() {
            tracing::Level::ERROR => log::Level::Error,
            tracing::Level::WARN => log::Level::Warn,
            tracing::Level::INFO => log::Level::Info,
            tracing::Level::DEBUG => log::Level::Debug,
            tracing::Level::TRACE => log::Level::Trace,
        };
        let (text, room) = (said.sentence(), room(metadata.target()));
        tui_logger::Drain::new()
            .log(&log::Record::builder().args(format_args!("{text}")).level(level).target(room).build());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_from_a_room_and_not_from_a_module() {
        let ours = |path: &str| room(&format!("caribou::{path}")).to_owned();
        let told = ["engine::inbox::control", "engine::supervise", "notify::notifier", "cli::patience"].map(ours);
        assert_eq!(told, ["lease", "worker", "alerts", "caribou"]);
        assert_eq!(room("sqlx::query"), "sql");
        assert_eq!(room("sqlx_core::pool::inner"), "sqlx_core");
        assert_eq!(room("hyper::client"), "hyper");
    }

    #[test]
    fn a_record_is_a_sentence_without_sql() {
        let error = "could not run SELECT token, holder, connection_id, server_identity, acquired_…: Lost connection \
                     (error 2013); check that the server runs";
        let said = Said {
            message: "cannot reach the database; trying again".into(),
            error: Some(without_sql(error)),
            about: vec!["wait 250 ms".into()],
        };
        assert_eq!(
            said.sentence(),
            "cannot reach the database; trying again: Lost connection (error 2013); check that the server runs (wait 250 ms)"
        );
        assert_eq!(without_sql("could not connect to x: refused"), "could not connect to x: refused");
    }
}
