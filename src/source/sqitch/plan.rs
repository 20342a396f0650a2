//! `sqitch.plan`: the changes in their order, what each of them needs, and the tags between them.

use crate::source::SourceError;
use crate::source::lines::lines;

/// A change of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub name: String,
    /// The line in the plan, from 1.
    pub line: usize,
    pub needs: Vec<Dependency>,
    /// Tags that stand behind it, before the next change.
    pub tags: Vec<String>,
    /// The words behind `#`.
    pub note: String,
}

/// A dependency as the plan states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    pub conflicts: bool,
    /// The project before `:`, where it is said.
    pub project: Option<String>,
    pub change: Option<String>,
    pub tag: Option<String>,
    /// As written.
    pub said: String,
}

/// A plan, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub project: String,
    pub changes: Vec<Change>,
}

/// Reads a plan.
///
/// # Errors
/// The first line that is no plan's.
pub(super) fn read(path: &str, text: &str) -> Result<Plan, SourceError> {
    let mut plan = Plan::default();
    for line in lines(text) {
        let wrong =
            |problem: &str| SourceError::Line { path: path.to_owned(), line: line.number, problem: problem.to_owned() };
        let (code, note) = line.text.split_once('#').unwrap_or((line.text, ""));
        let code = code.trim();
        if let Some(pragma) = code.strip_prefix('%') {
            let (key, value) = pragma.split_once('=').unwrap_or((pragma, ""));
            if key.trim() == "project" {
                plan.project = value.trim().to_owned();
            }
        } else if let Some(tag) = code.strip_prefix('@') {
            let name = tag.split_whitespace().next().unwrap_or_default();
            let last =
                plan.changes.last_mut().ok_or_else(|| wrong("a tag stands behind a change: move it below one"))?;
            last.tags.push(name.to_owned());
        } else if code.starts_with('-') {
            return Err(wrong("a change that is reverted within the plan is not read: take both out"));
        } else if !code.is_empty() {
            let change = change(code.trim_start_matches('+').trim(), line.number, note.trim());
            plan.changes.push(change.ok_or_else(|| wrong("write NAME [DEPENDENCIES] TIME PLANNER <EMAIL>"))?);
        }
    }
    Ok(plan)
}

fn change(code: &str, line: usize, note: &str) -> Option<Change> {
    let end = code.find(|c: char| c.is_whitespace() || c == '[').unwrap_or(code.len());
    let (name, rest) = code.split_at(end);
    let rest = rest.trim_start();
    let (needs, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    // Time and planner: without them it is no line that Sqitch wrote.
    let is_stamped = rest.trim_start().starts_with(|c: char| c.is_ascii_digit()) && rest.contains('<');
    let is_name =
        !name.is_empty() && !name.contains([':', '@', '\\', '<', '>']) && !name.split('/').any(|part| part == "..");
    let needs = needs.split_whitespace().map(dependency).collect();
    (is_stamped && is_name).then(|| Change {
        name: name.to_owned(),
        line,
        needs,
        tags: Vec::new(),
        note: note.to_owned(),
    })
}

fn dependency(said: &str) -> Dependency {
    let (conflicts, rest) = said.strip_prefix('!').map_or((false, said), |rest| (true, rest));
    let (project, rest) = rest.split_once(':').map_or((None, rest), |(project, rest)| (Some(project.to_owned()), rest));
    let (change, tag) = rest.split_once('@').map_or((rest, None), |(change, tag)| (change, Some(tag.to_owned())));
    let change = Some(change.to_owned()).filter(|change| !change.is_empty());
    Dependency { conflicts, project, change, tag, said: said.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read() {
        let text = "%syntax-version=1.0.0\n%project=flipr\n\n# words\nusers 2024-01-01T00:00:00Z Anna <a@example.org> # the users\n\
                    @v1 2024-01-02T00:00:00Z Anna <a@example.org>\n\
                    flips [users other:log !old users@v1] 2024-01-03T00:00:00Z Anna <a@example.org>\r\n";
        let plan = read("sqitch.plan", text).unwrap();
        assert_eq!((plan.project.as_str(), plan.changes.len()), ("flipr", 2));
        assert_eq!(
            (plan.changes[0].tags.as_slice(), plan.changes[0].note.as_str()),
            (&["v1".to_owned()][..], "the users")
        );
        let told: Vec<(bool, Option<&str>, Option<&str>)> = plan.changes[1]
            .needs
            .iter()
            .map(|one| (one.conflicts, one.project.as_deref(), one.tag.as_deref()))
            .collect();
        assert_eq!(
            told,
            [(false, None, None), (false, Some("other"), None), (true, None, None), (false, None, Some("v1"))]
        );
    }

    #[test]
    fn what_is_no_plan_is_told_with_its_line() {
        for (text, line) in [
            ("%project=a\nusers", 2),
            ("@v1 2024", 1),
            ("a [b 2024-01-01 A <a>", 1),
            ("-a 2024 A <a>", 1),
            ("../a 2024 A <a>", 1),
        ] {
            let error = read("sqitch.plan", text).unwrap_err().to_string();
            assert!(error.contains(&format!("sqitch.plan, line {line}")), "{text}: {error}");
        }
    }
}
