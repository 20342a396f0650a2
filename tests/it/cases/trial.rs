//! One case on one server: the native client and the real binary side by side.

use super::place::{Picture, Place};
use super::told::{After, Case, Step};
use crate::support::{Project, Ran, Running};
use regex::Regex;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

const ROLLBACK: &str = "rollback --class A --reason case --yes";
/// Time that a command may run before what it is to be killed at has come.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many last lines of a command that went wrong are shown.
const SHOWN: usize = 10;

/// A case at work: what it began with, and what it is to come to.
pub struct Trial<'a> {
    case: &'a Case,
    place: Place<'a>,
    project: Project,
    native: Picture,
    before: Picture,
    now: Picture,
}

/// Runs a case. `Ok` says by which answer it is right.
///
/// # Errors
/// What is wrong.
pub fn verdict(case: &Case, place: Place<'_>) -> Result<String, String> {
    let project = Project::on(&place.fresh);
    let empty = Picture::new();
    let mut trial = Trial { case, place, project, native: empty.clone(), before: empty.clone(), now: empty };
    let ran = trial.reference().and_then(|()| trial.judge());
    trial.place.fresh.drop_schemas();
    ran
}

impl Trial<'_> {
    fn judge(&mut self) -> Result<String, String> {
        let Err(wrong) = self.run(&self.case.steps) else { return Ok(String::new()) };
        let Some(other) = self.case.or else { return Err(wrong) };
        let name = format!("{other:?}");
        match self.run(&other.steps()) {
            Ok(()) => Ok(format!(" ({name})")),
            Err(still) => Err(format!("{wrong}\nnor {name}: {}", still.lines().next().unwrap_or_default())),
        }
    }

    /// Takes the picture that the native client makes of it.
    fn reference(&mut self) -> Result<(), String> {
        self.begin()?;
        let files = self.case.forward_files(&self.project.path("migrations"));
        let back = self.place.set_globals(self.case)?;
        let ran = self.place.natively(self.case, &files);
        self.place.restore_globals(&back);
        if ran.is_err() != self.case.fails {
            return Err(format!("the case itself does not run natively: {ran:?}"));
        }
        self.native = self.place.picture()?;
        Ok(())
    }

    fn begin(&mut self) -> Result<(), String> {
        self.project = Project::on(&self.place.fresh);
        self.case.lay_out(&self.project.path("migrations"));
        let session: String = self.case.session.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
        self.project.configure(&format!("[session]\n{session}[workers]\nlease_ttl = \"10s\""));
        if self.case.fails {
            self.project.unforeseen();
        } else {
            // What the native client takes, no plan may say will fail.
            self.project.configure("[plan]\nforeseen = \"refuse\"");
        }
        self.place.begin(self.case)?;
        self.before = self.place.picture()?;
        self.now = self.before.clone();
        Ok(())
    }

    fn run(&mut self, steps: &[Step]) -> Result<(), String> {
        self.begin()?;
        let back = self.place.set_globals(self.case)?;
        let ran = steps.iter().try_for_each(|step| self.step(step));
        self.place.restore_globals(&back);
        ran
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        let line = if step.run == "rollback" { ROLLBACK } else { &step.run };
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(query) = &step.kill {
            return self.kill(&words, query);
        }
        let ran = Running::start(&mut self.project.command(&words)).wait();
        let status = ran.code.unwrap_or(-1);
        self.heard(step, &ran).map_err(|wrong| format!("{}: {wrong}{}", step.run, tail(&ran)))?;
        let after = self.wanted(&words, status);
        let is = self.place.picture()?;
        let wanted = match after {
            After::Native => &self.native,
            After::Before => &self.before,
            After::Unchanged => &self.now,
        };
        let differs = difference(wanted, &is);
        self.now = is;
        if differs.is_empty() {
            return Ok(());
        }
        Err(format!("{}: exit {status}, but not {after:?}:\n{differs}{}", step.run, tail(&ran)))
    }

    /// Checks its exit status and its words.
    fn heard(&self, step: &Step, ran: &Ran) -> Result<(), String> {
        let told = format!("{}{}", ran.stdout, ran.stderr);
        let has = |pattern: &String| Regex::new(pattern).expect("a pattern").is_match(&told);
        let status = ran.code.unwrap_or(-1);
        if !step.exit.allows(status) {
            return Err(format!("exit {status}, wanted {:?}", step.exit.all()));
        }
        if let Some(pattern) = step.says.as_ref().filter(|pattern| !has(pattern)) {
            return Err(format!("does not say {pattern:?}"));
        }
        if let Some(pattern) = step.never_says.as_ref().filter(|pattern| has(pattern)) {
            return Err(format!("says {pattern:?}"));
        }
        if step.names_file && !names_one_of(&told, &self.project.path("migrations")) {
            return Err("the refusal names no file".to_owned());
        }
        Ok(())
    }

    fn wanted(&self, words: &[&str], status: i32) -> After {
        match words[0] {
            "migrate" if status == 0 => self.case.after_migrate,
            "migrate" => After::Before,
            "rollback" if !words.contains(&"--dry-run") => self.case.after_rollback,
            _ => After::Unchanged,
        }
    }

    /// Ends a command with -9 as soon as a query gives a row.
    fn kill(&self, words: &[&str], query: &str) -> Result<(), String> {
        let mut running = Running::start(&mut self.project.command(words));
        let deadline = Instant::now() + PATIENCE;
        while !running.has_ended() && Instant::now() < deadline {
            if self.place.has_row(query) {
                running.kill();
                return Ok(());
            }
        }
        Err(format!("{}: ended before it could be killed", words.join(" ")))
    }
}

fn names_one_of(told: &str, folder: &Path) -> bool {
    super::told::entries(folder).iter().any(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        told.contains(&name) || (path.is_dir() && names_one_of(told, path))
    })
}

fn difference(wanted: &Picture, is: &Picture) -> String {
    let mut told = String::new();
    let absent = "absent".to_owned();
    let keys: std::collections::BTreeSet<&String> = wanted.keys().chain(is.keys()).collect();
    for key in keys.into_iter().filter(|key| wanted.get(*key) != is.get(*key)) {
        let (wanted, is) = (wanted.get(key).unwrap_or(&absent), is.get(key).unwrap_or(&absent));
        let short = |text: &String| text.chars().take(300).collect::<String>();
        writeln!(told, "{key}\n    wanted: {}\n    is:     {}", short(wanted), short(is)).expect("a string takes it");
    }
    told
}

/// The end of what a command said.
fn tail(ran: &Ran) -> String {
    let told = format!("{}{}", ran.stdout, ran.stderr);
    let lines: Vec<&str> = told.trim_end().lines().collect();
    let shown = &lines[lines.len().saturating_sub(SHOWN)..];
    shown.iter().map(|line| format!("\n    | {line}")).collect()
}
