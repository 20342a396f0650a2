//! The checks that a plan makes by itself, with the levels of the configuration.

use crate::check::{CHECKS, Check, CheckLevel, CheckSettings};
use crate::model::{Checksum, may_be_one};
use crate::plan::{Evidence, Finding, Level, Plan, Refusal};
use crate::store::PlanOverride;

/// Gives what the plan found their levels. What blocks stops its file before it runs; where it is about a file that does
/// not run, the plan cannot become a batch.
pub(crate) fn weigh(plan: &mut Plan, settings: &CheckSettings) {
    for check in CHECKS.iter().filter(|check| check.is_of_the_plan()) {
        let level = check.level(settings);
        plan.files.iter_mut().for_each(|file| weigh_all(&mut file.findings, check, level));
        weigh_all(&mut plan.findings, check, level);
        if level == CheckLevel::Block {
            let found = plan.findings.iter().filter(|finding| finding.check == check.name);
            plan.refused.extend(found.map(|finding| refusal(finding, &plan.checksum)));
        }
    }
}

fn weigh_all(findings: &mut Vec<Finding>, check: &Check, level: CheckLevel) {
    findings.retain(|finding| finding.check != check.name || level != CheckLevel::Off);
    for finding in findings.iter_mut().filter(|finding| finding.check == check.name) {
        finding.level = if level == CheckLevel::Block { Level::Blocking } else { Level::Warning };
        let known = finding.evidence.take().map(|evidence| *evidence).unwrap_or_default();
        let (reason, safer, policy) = (check.why.to_owned(), check.safer.to_owned(), check.policy());
        finding.evidence = Some(Box::new(Evidence { reason, safer, policy, ..known }));
    }
}

fn file_of(finding: &Finding) -> &str {
    finding.evidence.as_ref().map_or("", |evidence| evidence.file.as_str())
}

fn refusal(finding: &Finding, plan: &Checksum) -> Refusal {
    let (path, check) = (file_of(finding).to_owned(), finding.check.clone());
    let problem = format!(
        "{}; an approver may let it pass: `caribou override {path} --plan {plan} --check {check} --reason '…'`",
        finding.message
    );
    Refusal::Check { path, check, problem }
}

/// Takes back what approvers let pass. `starter`: the account that may not have done so itself, where four eyes are
/// needed.
pub(crate) fn let_pass(plan: &mut Plan, overrides: &[PlanOverride], starter: Option<&str>) {
    for PlanOverride { check, path, word } in overrides {
        let is_own = starter.is_some_and(|starter| may_be_one(starter, &word.by));
        let is_it =
            |refusal: &Refusal| matches!(refusal, Refusal::Check { path: p, check: c, .. } if p == path && c == check);
        if is_own {
            let own = plan.refused.iter_mut().filter(|refusal| is_it(refusal));
            for refusal in own {
                if let Refusal::Check { problem, .. } = refusal {
                    *problem =
                        format!("{} let {check} of {path} pass: another account has to start it (four eyes)", word.by);
                }
            }
            continue;
        }
        plan.refused.retain(|refusal| !is_it(refusal));
        for finding in plan.findings.iter_mut().filter(|one| one.check == *check && file_of(one) == path.as_str()) {
            finding.level = Level::Warning;
            finding.message = format!("{} (let pass by {}: {})", finding.message, word.by, word.reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Overridden;
    use crate::plan::{self, Applied, Candidate, Options, Script};
    use crate::sql::Dialect;

    /// A plan in which an edited file blocks.
    fn blocked() -> Plan {
        let script = |text: &str, sha: char| Script { text: text.to_owned(), sha256: sha.to_string().repeat(64) };
        let candidate = |order: usize, name: &str, up: Script| Candidate {
            order,
            path: format!("{name}.sql"),
            root: String::new(),
            name: name.to_owned(),
            version: String::new(),
            numbers: vec![order as u64],
            file_type: crate::model::FileType::Doctrine,
            rule: Default::default(),
            up,
            down: None,
            verify: None,
            needs: Vec::new(),
            findings: Vec::new(),
        };
        let ran = Applied {
            file_id: crate::model::FileId(1),
            path: "1_a.sql".to_owned(),
            hash: Checksum("c".repeat(64)),
            canonical: Checksum("1:other".to_owned()),
            status: crate::model::FileStatus::Completed,
            state: crate::model::FileState::Idle,
            effects: false,
            open: false,
            epoch_to: crate::model::Epoch(1),
            gone: false,
            batch: crate::model::BatchId(1),
        };
        let candidates =
            vec![candidate(0, "1_a", script("SELECT 1", 'a')), candidate(1, "2_b", script("SELECT 2", 'b'))];
        let mut made = plan::make(candidates, &[ran], &Options::new(Dialect::MariaDb, "2026-01-01"));
        let levels = [("checksum_drift".to_owned(), CheckLevel::Block)].into();
        weigh(&mut made, &CheckSettings { levels, ..CheckSettings::default() });
        made
    }

    #[test]
    fn what_blocks_refuses_the_plan_until_somebody_else_lets_it_pass() {
        let mut plan = blocked();
        assert_eq!((plan.refused.len(), plan.findings[0].level), (1, Level::Blocking));
        let told = plan.refused[0].to_string();
        assert!(told.contains(&format!("caribou override 1_a.sql --plan {}", plan.checksum)), "{told}");
        let word = Overridden { by: "bea@10.%".to_owned(), reason: "a comment".to_owned() };
        let of = |path: &str| PlanOverride { check: "checksum_drift".into(), path: path.into(), word: word.clone() };
        let_pass(&mut plan, &[of("3_c.sql")], None);
        assert_eq!(plan.refused.len(), 1, "of another file");
        let_pass(&mut plan, &[of("1_a.sql")], Some("bea@%"));
        assert!(plan.refused[0].to_string().contains("four eyes"), "{:?}", plan.refused);
        let mut plan = blocked();
        let_pass(&mut plan, &[of("1_a.sql")], Some("ana@%"));
        assert_eq!((plan.refused.len(), plan.findings[0].level), (0, Level::Warning));
        let logged = plan.to_submission().expect("it can become a batch").findings;
        assert!(!logged[0].blocks && logged[0].result.contains("let pass by bea@10.%: a comment"), "{logged:?}");
    }
}
