//! From a plan and what stands in the database to findings.

use super::described;
use super::effects::{self, decides_engine};
use super::future;
use super::known::Known;
use super::programs;
use super::relations;
use super::state::At;
use super::walk::Walk;
use crate::model::FileType;
use crate::plan::{Finding, Level, Plan, PlanFile, Refusal};
use crate::sql::{self, Dialect, How, ObjectKind};
use std::collections::HashMap;

/// Findings of this kind that are told of one file.
const MOST: u32 = 100;

/// Weight of a statement that the server will answer with an error (`plan.foreseen`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Foreseen {
    /// It is not looked for.
    Off,
    /// A warning.
    Warn,
    /// A finding that blocks.
    #[default]
    Block,
    /// The plan cannot become a batch.
    Refuse,
}

/// Adds to the files of a plan what is found by following its statements from what stands now. The scripts that the plan
/// holds are taken out of it.
pub fn foresee(plan: &mut Plan, known: &Known, (core, dialect): (&str, Dialect), foreseen: Foreseen) {
    let scripts: Vec<sql::Script> = plan.files.iter_mut().map(|file| std::mem::take(&mut file.script)).collect();
    let paths: Vec<&str> = plan.files.iter().map(|file| file.path.as_str()).collect();
    let mut walk = Walk::new(known, core, dialect, paths);
    for (place, file) in plan.files.iter().enumerate() {
        makers(&mut walk, place, file);
    }
    let mut futures = Vec::new();
    for (place, (file, script)) in plan.files.iter().zip(&scripts).enumerate() {
        walk.begin_file(place, !script.session.iter().any(|(name, _)| decides_engine(name)));
        for statement in &script.statements {
            walk.at = At { file: place, statement: statement.index, line: statement.line };
            futures.push((place, statement.index, future::tables(&walk, statement)));
            effects::apply(&mut walk, statement);
            walk.alters(statement);
        }
        for described in &file.describes {
            walk.at = At { file: place, statement: 0, line: described.line };
            described::apply(&mut walk, described);
        }
    }
    plan.refused.extend(relations::unknown(&walk.schema, &plan.policy.relations));
    programs::say(&mut walk);
    let is_certain = !walk.has_unknown();
    let findings = walk.finish();
    for (place, statement, tables) in futures {
        let planned = plan.files.get_mut(place).and_then(|file| file.statements.get_mut(statement as usize));
        if let Some(planned) = planned {
            planned.future = tables;
        }
    }
    if is_certain {
        plan.files.iter_mut().for_each(forget_guesses);
    }
    let mut said: HashMap<usize, u32> = HashMap::new();
    for (file, mut finding) in findings {
        let Some(of) = plan.files.get_mut(file) else { continue };
        let said = said.entry(file).or_default();
        *said += 1;
        if *said > MOST {
            continue;
        }
        if finding.level == Level::Blocking {
            match foreseen {
                Foreseen::Off | Foreseen::Warn => finding.level = Level::Warning,
                // Data for a table or column that will not be there is no data: whichever form the file has.
                Foreseen::Block if of.file_type == FileType::Agent && finding.check.starts_with("missing_") => {
                    let is_told =
                        |refusal: &Refusal| matches!(refusal, Refusal::NotOfItsType { path, .. } if *path == of.path);
                    if !plan.refused.iter().any(is_told) {
                        plan.refused.push(not_of_its_type(&of.path, &finding));
                    }
                }
                Foreseen::Block => {}
                Foreseen::Refuse => plan.refused.push(refusal(&of.path, &finding)),
            }
        }
        add(of, finding);
    }
    for (file, said) in said.into_iter().filter(|(_, said)| *said > MOST) {
        let message = format!("there are {} more like these", said - MOST);
        plan.files[file].findings.push(Finding::new("more_foreseen", Level::Warning, None, message));
    }
    sizes(plan, known);
}

fn refusal(path: &str, finding: &Finding) -> Refusal {
    Refusal::Foreseen { path: path.to_owned(), line: finding.line.unwrap_or(1), finding: finding.said() }
}

fn not_of_its_type(path: &str, finding: &Finding) -> Refusal {
    let remedy = finding.evidence.as_ref().map_or("", |evidence| evidence.safer.as_str());
    let problem = format!("{}: {remedy}", finding.message);
    Refusal::NotOfItsType { path: path.to_owned(), line: finding.line.unwrap_or(1), problem }
}

fn makers(walk: &mut Walk<'_>, place: usize, file: &PlanFile) {
    for statement in &file.statements {
        let at = At { file: place, statement: statement.index, line: statement.line };
        let made = statement.objects.iter().filter(|touch| matches!(touch.how, How::Creates | How::RenamesTo));
        let made = made.filter(|touch| matches!(touch.object.kind, ObjectKind::Table | ObjectKind::View));
        made.for_each(|touch| walk.will_make(&touch.object, at));
    }
}

/// Takes away what was said of tables by their names alone: what stands, and when, is known.
fn forget_guesses(file: &mut PlanFile) {
    let is_relation = |kind| matches!(kind, ObjectKind::Table | ObjectKind::View | ObjectKind::Schema);
    let PlanFile { findings, statements, .. } = file;
    findings.retain(|finding| {
        let mut here = statements.iter().filter(|statement| Some(statement.line) == finding.line);
        finding.check != "created_later" || !here.all(|s| s.objects.iter().all(|touch| is_relation(touch.object.kind)))
    });
}

/// Adds a finding, which takes the place of what was said of the names alone.
fn add(file: &mut PlanFile, finding: Finding) {
    if finding.level >= Level::Warning && finding.check == "missing_table" {
        file.findings.retain(|old| !(old.check == "created_later" && old.line == finding.line));
    }
    file.findings.push(finding);
}

/// The size of what each statement changes that stands now.
fn sizes(plan: &mut Plan, known: &Known) {
    let fold = |name: &str| name.to_lowercase();
    let sizes: HashMap<String, super::Size> =
        known.objects.iter().filter_map(|object| Some((fold(&object.name), object.size?))).collect();
    for statement in plan.files.iter_mut().flat_map(|file| &mut file.statements) {
        let changed =
            statement.objects.iter().find(|touch| touch.how.changes() && touch.object.kind == ObjectKind::Table);
        statement.size = changed.and_then(|touch| sizes.get(&fold(&touch.object.name))).copied();
    }
}
