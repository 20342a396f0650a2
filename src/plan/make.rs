//! The steps of planning, one after the other.

use super::objects::{self, Related, Touches};
use super::order::{self, Link, Stated};
use super::read::{Read, read_all};
use super::waves::{self, Implied, Links};
use super::{
    Applied, Candidate, Finding, Level, Options, Plan, PlanFile, Refusal, epochs, identity, late, names, selection,
    squash,
};
use crate::model::{Checksum, DependencyType, Epoch, Locks, On, Requirement};

/// The longest that a batch's name may be, in characters (`migration_batches.batch_name`).
const LONGEST_NAME: usize = 255;

/// Makes a plan. The order in which candidates and history come does not matter.
pub fn make(mut candidates: Vec<Candidate>, history: &[Applied], options: &Options) -> Plan {
    candidates.sort_by(|a, b| (a.order, &a.path).cmp(&(b.order, &b.path)));
    let history = selection::History::new(history);
    let latest = &history.latest;
    if options.records_squashes {
        candidates.iter_mut().for_each(|candidate| candidate.needs = squash::needs(candidate, latest));
    }
    let names = names::Names::new(&candidates, latest);
    let selection::Selection { standings, renamed, findings, mut refused, refused_if_chosen, counts_as_run } =
        selection::select(&candidates, &history, options);
    let target = options.target.as_deref();
    let chosen = selection::limit_to_target(&standings, &candidates, &names, target).unwrap_or_else(|refusal| {
        refused.push(refusal);
        vec![false; candidates.len()]
    });
    refused.extend(refused_if_chosen.into_iter().filter(|(index, _)| chosen[*index]).map(|(_, refusal)| refusal));
    let counts_as_run = counts_as_run.into_iter().map(|index| candidates[index].path.clone()).collect();
    let earlier = |index: usize| latest.get(candidates[index].path.as_str()).or_else(|| renamed.get(&index)).copied();
    let dependencies = order::resolve(&candidates, &chosen, &names, earlier);
    refused.extend(dependencies.refused);
    let (order, circle) = order::order(&candidates, &chosen, &dependencies.stated);
    refused.extend(circle);
    let mut draft = Draft { candidates: &candidates, order, stated: dependencies.stated, reads: Vec::new() };
    refused.extend(draft.read(options));
    if !draft.order.is_empty() {
        refused.extend(epochs::check(options));
    }
    let mut requirements = draft.requirements(options);
    for (place, index) in draft.order.iter().enumerate() {
        requirements.findings[place].extend(dependencies.findings[*index].iter().cloned());
    }
    requirements.add_late(&draft, &late::after(&candidates, &standings));
    let batch = batch_name(&draft, options);
    let order = draft.order.clone();
    let drafted = draft.reads;
    let mut files = assemble(candidates, order, drafted, requirements, options);
    files.iter_mut().for_each(|file| file.again = history.completed(&file.path));
    let mut plan = Plan {
        batch,
        epoch_from: options.epoch,
        epoch_to: files.last().map_or(options.epoch, |file| file.epoch_to),
        undo_coverage: files.iter().map(|file| file.undo_coverage).sum(),
        files,
        expected: None,
        counts_as_run,
        findings,
        refused,
        checksum: Checksum::default(),
        policy: options.policy.clone(),
    };
    plan.checksum = identity::plan(&plan.files, &plan.policy, options);
    plan
}

/// The files that run, in order, while the plan is being made.
struct Draft<'a> {
    candidates: &'a [Candidate],
    order: Vec<usize>,
    stated: Vec<Vec<Stated<'a>>>,
    reads: Vec<Read>,
}

/// Requirements, waves, locks and findings of the files, by place in the order.
struct Requirements {
    requires: Vec<Vec<Requirement>>,
    waves: Vec<u32>,
    locks: Vec<Locks>,
    findings: Vec<Vec<Finding>>,
}

impl Draft<'_> {
    /// Splits and analyses the files that run, and no others.
    fn read(&mut self, options: &Options) -> Vec<Refusal> {
        let files: Vec<&Candidate> = self.order.iter().map(|index| &self.candidates[*index]).collect();
        let (reads, refused): (Vec<Read>, Vec<Vec<Refusal>>) = read_all(&files, options).into_iter().unzip();
        self.reads = reads;
        refused.into_iter().flatten().collect()
    }

    fn requirements(&self, options: &Options) -> Requirements {
        let related = Related::new(options);
        let touched = |script| objects::touches(script, options, &related);
        let touches: Vec<Touches> = self.reads.iter().map(|read| touched(&read.script)).collect();
        let paths: Vec<&str> = self.order.iter().map(|index| self.candidates[*index].path.as_str()).collect();
        let (implied, findings) = waves::implied(&touches, &paths);
        let places = self.places();
        let links = self.links(&implied, &places);
        let waves = waves::waves(&touches, &links);
        let requires = implied.iter().enumerate().map(|(place, implied)| self.require(place, implied, &places, &paths));
        let backs = self.reads.iter().map(|read| read.back.as_ref().map(touched));
        let locks = touches.iter().zip(backs).map(|(up, back)| objects::locks(up, back.as_ref())).collect();
        Requirements { requires: requires.collect(), waves, locks, findings }
    }

    /// The place of each candidate in the order.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![usize::MAX; self.candidates.len()];
        for (place, index) in self.order.iter().enumerate() {
            places[*index] = place;
        }
        places
    }

    fn links(&self, implied: &[Vec<Implied>], places: &[usize]) -> Vec<Links> {
        let mut links = vec![Links::default(); self.order.len()];
        for (place, index) in self.order.iter().enumerate() {
            links[place].after.extend(implied[place].iter().map(|implied| implied.on));
            for stated in &self.stated[*index] {
                let Link::Planned(on) = stated.on else { continue };
                let on = places[on];
                if stated.need.kind == DependencyType::Conflict {
                    links[place].conflicts.push(on);
                    links[on].conflicts.push(place);
                } else if on < place {
                    links[place].after.push(on); // a file in a circle has no place after what it waits for
                }
            }
        }
        links
    }

    fn require(&self, place: usize, implied: &[Implied], places: &[usize], paths: &[&str]) -> Vec<Requirement> {
        let stated = self.stated[self.order[place]].iter().map(|stated| Requirement {
            on: match stated.on {
                Link::Planned(on) => On::Planned(places[on]),
                Link::Earlier(file) => On::Earlier(file),
            },
            path: stated.path.to_owned(),
            kind: stated.need.kind,
            description: format!("{}, line {}", stated.need.said_in, stated.need.line),
        });
        let mut requires: Vec<Requirement> = stated.collect();
        let count = requires.len();
        for implied in implied {
            let on = On::Planned(implied.on);
            let known = |r: &Requirement| r.on == on && r.kind == DependencyType::Required;
            if !requires[..count].iter().any(known) {
                let path = paths[implied.on].to_owned();
                let description = implied.description.clone();
                requires.push(Requirement { on, path, kind: DependencyType::Required, description });
            }
        }
        requires
    }
}

impl Requirements {
    fn add_late(&mut self, draft: &Draft<'_>, after: &[Option<&str>]) {
        for (place, index) in draft.order.iter().enumerate() {
            if let Some(path) = after[*index] {
                let message =
                    format!("it comes before {path}, which has run already: it was added late, and runs now, after it");
                self.findings[place].push(Finding::new("out_of_order", Level::Warning, None, message));
            }
        }
    }
}

fn batch_name(draft: &Draft<'_>, options: &Options) -> String {
    if let Some(name) = &options.name {
        return name.chars().take(LONGEST_NAME).collect();
    }
    let last = draft.order.iter().max_by_key(|index| draft.candidates[**index].order);
    let name = last.map(|index| &draft.candidates[*index]).map(|last| {
        let label = if last.version.is_empty() { &last.name } else { &last.version };
        format!("{}-{label}", options.date)
    });
    name.unwrap_or_else(|| options.date.clone()).chars().take(LONGEST_NAME).collect()
}

fn assemble(
    candidates: Vec<Candidate>,
    order: Vec<usize>,
    reads: Vec<Read>,
    requirements: Requirements,
    options: &Options,
) -> Vec<PlanFile> {
    let epochs = epochs::epochs(order.iter().map(|index| candidates[*index].numbers.as_slice()), options);
    let mut candidates: Vec<Option<Candidate>> = candidates.into_iter().map(Some).collect();
    let Requirements { requires, waves, locks, findings } = requirements;
    let mut before = options.epoch;
    let mut files = Vec::with_capacity(order.len());
    let parts = order.iter().zip(reads).zip(requires).zip(waves).zip(locks).zip(findings).zip(epochs);
    for ((((((index, read), requires), wave), locks), findings), epoch_to) in parts {
        let Some(candidate) = candidates[*index].take() else { continue }; // each stands in the order once
        files.push(file(candidate, read, (requires, locks), wave, findings, (before, epoch_to)));
        before = epoch_to;
    }
    files
}

fn file(
    candidate: Candidate,
    read: Read,
    (requires, locks): (Vec<Requirement>, Locks),
    wave: u32,
    findings: Vec<Finding>,
    (epoch_from, epoch_to): (Epoch, Epoch),
) -> PlanFile {
    let depends_on = requires.iter().filter(|r| r.kind != DependencyType::Conflict).map(|r| r.path.clone()).collect();
    let mut all_findings = read.findings;
    all_findings.extend(findings);
    // An empty one is none.
    let down = candidate.down.filter(|_| read.back.is_some()).map(|down| down.text);
    PlanFile {
        describes: Vec::new(),
        path: candidate.path,
        file_type: candidate.file_type,
        wave,
        depends_on,
        statements: read.statements,
        expected: None,
        expected_unknown: None,
        findings: all_findings,
        undo_coverage: read.undo_coverage,
        undo_statements: read.undo_statements,
        epoch_from,
        epoch_to,
        hash: Checksum(candidate.up.sha256),
        canonical: read.canonical,
        source: identity::source(&candidate.up.text, down.as_deref(), candidate.verify.as_deref()),
        requires,
        again: None,
        locks,
        up: candidate.up.text,
        down,
        verify: candidate.verify,
        script: read.script,
    }
}
