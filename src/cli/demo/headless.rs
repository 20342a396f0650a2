//! The demo without a terminal: the acts one after the other, and a report.

use super::super::document::{StatusDocument, WorkerDocument};
use super::super::project::{CommandStatus, Project};
use super::super::run;
use super::super::run_target::{RunResult, RunTarget};
use super::super::{CliError, Exit, ending, output};
use super::acts::{ACTS, Act};
use super::project::DemoProject;
use crate::model::{BatchStatus, Expectation, StepUnit, Verb};
use crate::store::Store;
use serde_json::json;
use std::time::Duration;

/// Pause between two looks for a step's answer.
const POLL: Duration = Duration::from_millis(30);

/// One act, as it went.
struct Played {
    act: &'static Act,
    ran: RunResult,
    steps: u32,
}

pub(super) async fn play(demo: &mut DemoProject) -> Result<Exit, CliError> {
    let mut played = Vec::new();
    for (number, act) in (1..).zip(&ACTS) {
        output::say(&format!("\nAct {number}. {}.", act.title));
        let submission = demo.plan(act).await?;
        let job = RunTarget::Submit(submission);
        let (ran, steps) = if act.step {
            let store = demo.project.store.clone();
            let stepping = tokio::spawn(step_through(store));
            let ran = run::run(&demo.context, &mut demo.project, job, false).await?;
            stepping.abort();
            // A stepper that was stopped has made the steps that the journal tells of.
            let steps = stepping.await.ok().transpose()?.unwrap_or(count_steps(demo, &ran).await?);
            (ran, steps)
        } else {
            (run::run(&demo.context, &mut demo.project, job, false).await?, 0)
        };
        let interrupted = ran.exit == Exit::Interrupted;
        played.push(Played { act, ran, steps });
        if interrupted {
            return Ok(Exit::Interrupted);
        }
    }
    report(demo, &played)
}

/// The steps that were granted in a batch.
async fn count_steps(demo: &mut DemoProject, ran: &RunResult) -> Result<u32, CliError> {
    let mut after = crate::model::Seq::default();
    let mut steps = 0;
    loop {
        let events = demo.project.events(ran.batch, after).await?;
        let Some(last) = events.last() else { return Ok(steps) };
        after = last.seq;
        steps += events.iter().filter(|e| matches!(e.kind, crate::model::EventKind::StepGranted { .. })).count() as u32;
    }
}

/// Asks for one step after the other, as an operator would, until the batch has ended.
async fn step_through(store: Store) -> Result<u32, CliError> {
    let mut project = Project::from_store(store).await?;
    let mut steps = 0;
    let batch = loop {
        match project.open_batch().await? {
            Some(batch) => break batch,
            None => tokio::time::sleep(POLL).await,
        }
    };
    loop {
        let reason = Some("the demo steps".to_owned());
        let verb = Verb::Step { unit: StepUnit::Statement };
        let command = project.submit(batch, verb, reason, Expectation::default(), None).await?;
        while matches!(project.standing(command).await?, CommandStatus::Waiting | CommandStatus::Accepted) {
            tokio::time::sleep(POLL).await;
        }
        steps += 1;
        if project.open_batch().await? != Some(batch) {
            return Ok(steps);
        }
    }
}

fn report(demo: &DemoProject, played: &[Played]) -> Result<Exit, CliError> {
    let status = |p: &Played| p.ran.world.batch(p.ran.batch).map(|b| b.status);
    let as_told = played.iter().all(|p| status(p) == Some(p.act.ends));
    if demo.context.is_json() {
        let acts: Vec<_> = played
            .iter()
            .map(|p| {
                let batch = p.ran.world.batch(p.ran.batch);
                json!({
                    "title": p.act.title,
                    "expected": p.act.ends,
                    "as_told": status(p) == Some(p.act.ends),
                    "steps": p.steps,
                    "result": StatusDocument::new(&p.ran.world, batch, WorkerDocument::default()),
                })
            })
            .collect();
        let dir = demo.directory.is_kept().then(|| demo.directory.dir());
        output::json(&json!({ "as_told": as_told, "project": dir, "acts": acts }))?;
    } else {
        output::text(&human(played, as_told))?;
    }
    Ok(if as_told { Exit::Done } else { Exit::Failed })
}

fn human(played: &[Played], as_told: bool) -> String {
    let mut text = "# The demo\n".to_owned();
    for (number, p) in (1..).zip(played) {
        text.push_str(&format!("\n## Act {number}: {}\n\n", p.act.title));
        match p.ran.world.batch(p.ran.batch) {
            Some(batch) => text.push_str(&ending::report(batch)),
            None => text.push_str("It did not happen."),
        }
        if p.steps > 0 {
            text.push_str(&format!("\n\nThe operator granted {}.", output::count(p.steps.into(), "step")));
        }
        if p.act.ends == BatchStatus::RolledBack {
            text.push_str("\n(This failure is part of the story.)");
        }
        text.push('\n');
    }
    text.push_str(if as_told { "\nAll three acts went as told.\n" } else { "\nNOT as told: see above.\n" });
    text
}
