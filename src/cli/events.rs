//! `caribou events`: the journal, as it is and as it grows.

use super::batch_arg::BatchArg;
use super::context::Context;
use super::project::Project;
use super::signals::Interrupts;
use super::{CliError, Exit, output};
use crate::model::{BatchId, Event, EventKind, Millis, Seq};
use crate::store::SchemaState;
use serde::Serialize;
use std::time::Duration;

/// Print a batch's journal (0: the system's); --format json gives a JSON document on each line
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou events 7\n  caribou events --tail 20\n  caribou events --follow \
    --format json | jq .kind")]
pub(crate) struct Events {
    #[command(flatten)]
    batch: BatchArg,
    /// Only events beyond this number
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: i64,
    /// Only the last N events
    #[arg(long, value_name = "N", conflicts_with = "after", value_parser = clap::value_parser!(u32))]
    tail: Option<u32>,
    /// Go on printing as events come, until the batch has ended or Ctrl-C
    #[arg(long, short)]
    follow: bool,
}

/// Pause between two questions for new events.
const POLL: Duration = Duration::from_millis(500);

/// An event as a line.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct EventLine<'a> {
    batch: BatchId,
    seq: Seq,
    at: String,
    operator: Option<&'a str>,
    /// `kind` and what belongs to it.
    #[serde(flatten)]
    kind: &'a EventKind,
}

impl Events {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            let batch = match self.batch.given() {
                _ if project.state() == SchemaState::Absent => return Ok(Exit::Done),
                Some(id) => {
                    let id = BatchId(id);
                    if id != BatchId::SYSTEM {
                        project.require_batch(id).await?;
                    }
                    id
                }
                None => match project.open_or_last().await? {
                    Some(id) => id,
                    None => return Ok(Exit::Done),
                },
            };
            let mut interrupts = Interrupts::new()?;
            let mut after = match self.tail {
                Some(last) => project.reader()?.before_last(batch, last).await?,
                None => Seq(self.after),
            };
            loop {
                let events = project.events(batch, after).await?;
                let mut ended = false;
                for event in &events {
                    after = event.seq;
                    ended = match event.kind {
                        EventKind::BatchEnded { .. } => true,
                        // A retry opens it again.
                        EventKind::BatchStarted => false,
                        _ => ended,
                    };
                    print(context, event)?;
                }
                if !events.is_empty() && !ended {
                    continue;
                }
                if !self.follow || ended {
                    return Ok(Exit::Done);
                }
                tokio::select! {
                    () = tokio::time::sleep(POLL) => {}
                    _ = interrupts.next() => return Ok(Exit::Done),
                }
            }
        })
    }
}

fn print(context: &Context, event: &Event) -> Result<(), CliError> {
    if context.is_json() { output::json_line(&line(event)) } else { output::text(&human(event)) }
}

pub(super) fn line(event: &Event) -> EventLine<'_> {
    let Event { batch, seq, at, operator, kind } = event;
    EventLine { batch: *batch, seq: *seq, at: Millis::to_rfc3339(*at), operator: operator.as_deref(), kind }
}

/// `   12  2026-01-15T10:04:06.250Z  file_moved  file=1 from=idle to=preparing cause=turn`
pub(super) fn human(event: &Event) -> String {
    let details = serde_json::to_value(&event.kind).unwrap_or_default();
    let details = details.as_object().into_iter().flatten().filter(|(key, value)| *key != "kind" && !value.is_null());
    let details: Vec<String> = details.map(|(key, value)| format!("{key}={}", short(value))).collect();
    let by = event.operator.as_ref().map(|o| format!("  by {o}")).unwrap_or_default();
    let text =
        format!("{:>6}  {}  {:<19} {}{by}", event.seq, event.at.to_rfc3339(), event.kind.name(), details.join(" "));
    output::safe(text.trim_end())
}

/// A value in one short word; long ones are cut.
fn short(value: &serde_json::Value) -> String {
    const LONGEST: usize = 80;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() <= LONGEST { text } else { text.chars().take(LONGEST).collect::<String>() + "…" }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_line_has_the_documented_shape() {
        let events = sample::rolled_back().events;
        let lines: Vec<String> = events.iter().map(|e| serde_json::to_string(&line(e)).unwrap()).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn people_get_a_line_too() {
        let events = sample::rolled_back().events;
        let lines: Vec<String> = events.iter().map(human).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
