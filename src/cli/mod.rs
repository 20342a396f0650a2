//! The command line: one file per command, each a thin hand on what the layers below can do.
//!
//! [`main`] reads the arguments, gathers the configuration, runs one command and says how it ended ([`Exit`]).
//! Results go to stdout, everything else to stderr; with `--format json` stdout is one JSON document (for `events`
//! one a line). Expected errors are one `error:` block with its `hint:` lines.

mod absence;
mod adopt;
mod alerts;
mod ask;
mod backup;
mod batch_arg;
mod checklist;
mod checks;
mod completions;
mod config;
mod config_command;
mod console;
mod context;
mod demo;
mod doctor;
mod document;
mod elsewhere;
mod ending;
mod engine_options;
mod events;
mod exit;
mod expected;
mod feed;
mod follow;
mod frozen;
mod gather;
mod global;
mod history;
mod hook_test;
mod incidents;
mod init;
#[cfg(test)]
mod json_schemas;
mod lift;
mod live;
mod logging;
mod metrics_arg;
mod migrate;
mod output;
mod patience;
mod plan;
mod planning;
mod project;
mod record;
#[cfg(test)]
mod reference;
mod rehearse;
mod remote;
mod replay;
mod report;
mod rollbacks;
mod run;
mod run_as;
mod run_target;
#[cfg(test)]
mod sample;
mod schema;
mod signals;
mod squashes;
mod status;
mod verbs;
mod warned;
mod whole_file;
mod worker;

pub use exit::{CliError, Exit};

use clap::{CommandFactory, Parser, Subcommand};
use context::Context;
use global::Global;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "caribou", version, about, propagate_version = true)]
#[command(after_help = "Exit status: 0 done; 1 failed, and undone or nothing touched; 2 usage, configuration or \
    refused; 3 a person is needed: effects still stand, or an undo left rows alone; 4 blocked; 5 no connection or privilege; 130 interrupted, paused safely.")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Adopt(adopt::Adopt),
    Plan(plan::Plan),
    Checks(checks::Checks),
    Migrate(migrate::Migrate),
    Rehearse(rehearse::Rehearse),
    Backup(backup::Backup),
    Console(console::ConsoleCommand),
    Worker(worker::Worker),
    Status(status::Status),
    Events(events::Events),
    History(history::History),
    Report(report::ReportCommand),
    Record(record::Record),
    Replay(replay::Replay),
    Pause(verbs::Pause),
    Resume(verbs::Resume),
    Step(verbs::Step),
    Retry(verbs::Retry),
    Settle(verbs::Settle),
    Discard(verbs::Discard),
    Repair(verbs::RepairCommand),
    Abort(verbs::Abort),
    Break(verbs::Break),
    Freeze(verbs::Freeze),
    Thaw(verbs::Thaw),
    Rollback(verbs::Rollback),
    Approve(verbs::Approve),
    Reject(verbs::Reject),
    Override(verbs::Override),
    Rollbacks(rollbacks::Rollbacks),
    Alerts(alerts::Alerts),
    Checklist(checklist::Checklist),
    Ack(verbs::Ack),
    Resolve(verbs::Resolve),
    Escalate(verbs::Escalate),
    AcceptServer(verbs::AcceptServer),
    Schema(schema::Schema),
    Config(config_command::ConfigCommand),
    Doctor(doctor::Doctor),
    Demo(demo::Demo),
    Completions(completions::Completions),
    Man(completions::Man),
}

/// Runs the program: arguments from the command line, messages to stderr.
///
/// # Errors
/// Only what nobody expects; everything expected is printed and in the exit status.
pub fn main() -> color_eyre::Result<Exit> {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Refused } else { Exit::Done };
            // Whoever reads the help may have read enough.
            return Ok(error.print().map_or_else(|error| CliError::from(error).exit, |()| exit));
        }
    };
    Ok(match run(cli) {
        Ok(exit) => exit,
        Err(error) => {
            output::error(&error);
            error.exit
        }
    })
}

fn run(cli: Cli) -> Result<Exit, CliError> {
    let context = Context::new(cli.global)?;
    match cli.command {
        None => begin(&context),
        Some(Command::Init(command)) => command.run(&context),
        Some(Command::Adopt(command)) => command.run(&context),
        Some(Command::Plan(command)) => command.run(&context),
        Some(Command::Checks(command)) => command.run(&context),
        Some(Command::Migrate(command)) => command.run(&context),
        Some(Command::Rehearse(command)) => command.run(&context),
        Some(Command::Backup(command)) => command.run(&context),
        Some(Command::Console(command)) => command.run(&context),
        Some(Command::Worker(command)) => command.run(&context),
        Some(Command::Demo(command)) => command.run(&context),
        Some(Command::Status(command)) => command.run(&context),
        Some(Command::Events(command)) => command.run(&context),
        Some(Command::History(command)) => command.run(&context),
        Some(Command::Report(command)) => command.run(&context),
        Some(Command::Record(command)) => command.run(&context),
        Some(Command::Replay(command)) => command.run(&context),
        Some(Command::Schema(command)) => command.run(&context),
        Some(Command::Doctor(command)) => command.run(&context),
        Some(Command::Pause(command)) => command.run(&context),
        Some(Command::Resume(command)) => command.run(&context),
        Some(Command::Step(command)) => command.run(&context),
        Some(Command::Retry(command)) => command.run(&context),
        Some(Command::Settle(command)) => command.run(&context),
        Some(Command::Discard(command)) => command.run(&context),
        Some(Command::Repair(command)) => command.run(&context),
        Some(Command::Abort(command)) => command.run(&context),
        Some(Command::Break(command)) => command.run(&context),
        Some(Command::Freeze(command)) => command.run(&context),
        Some(Command::Thaw(command)) => command.run(&context),
        Some(Command::Rollback(command)) => command.run(&context),
        Some(Command::Approve(command)) => command.run(&context),
        Some(Command::Reject(command)) => command.run(&context),
        Some(Command::Override(command)) => command.run(&context),
        Some(Command::Rollbacks(command)) => command.run(&context),
        Some(Command::Alerts(command)) => command.run(&context),
        Some(Command::Checklist(command)) => command.run(&context),
        Some(Command::Ack(command)) => command.run(&context),
        Some(Command::Resolve(command)) => command.run(&context),
        Some(Command::Escalate(command)) => command.run(&context),
        Some(Command::AcceptServer(command)) => command.run(&context),
        Some(Command::Config(command)) => command.run(&context),
        Some(Command::Completions(command)) => command.run(Cli::command()),
        Some(Command::Man(command)) => command.run(Cli::command()),
    }
}

/// Does what `caribou` alone does: opens the console on the project here, or says how to begin.
fn begin(context: &Context) -> Result<Exit, CliError> {
    if context.config()?.settings.get("database.url").is_some()
        || context.config()?.settings.get("database.defaults_file").is_some()
    {
        return console::ConsoleCommand::PLAIN.run(context);
    }
    output::text(
        "Caribou migrates databases, and shows it.\n\n  caribou demo     see it work, in five minutes, without a \
         server\n  caribou init     begin a project here\n  caribou --help   everything else",
    )?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
