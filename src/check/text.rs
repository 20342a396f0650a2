//! Checks of the file alone.

use super::{Breach, CheckLevel, CheckSettings, Looked, Subject};
use crate::plan::undo;
use crate::sql::{self, Script, SplitError, StatementKind};

pub(super) fn parses(subject: &Subject<'_>, _: &CheckSettings) -> Looked {
    let scripts = [("", Some(subject.up)), ("rollback script: ", subject.down), ("verify script: ", subject.verify)];
    let mut breaches = Vec::new();
    let mut count = 0;
    for (what, script) in scripts.into_iter().filter_map(|(what, script)| Some((what, script?))) {
        count += script.map_or(0, |script| script.statements.len());
        breaches.extend(unreadable(what, script));
    }
    Looked::at(count, "statement").with(breaches)
}

fn unreadable(what: &str, script: Result<&Script, &SplitError>) -> Vec<Breach> {
    match script {
        Err(error) => vec![Breach::on_line(error.line, format!("{what}{error}"))],
        Ok(script) => {
            let commands = script.client_commands.iter();
            commands
                .map(|at| {
                    let message = format!(
                        "{what}`{}` is an order to the command-line client and cannot run here: put what it would run into \
                         the file",
                        at.command
                    );
                    Breach::on_line(at.line, message)
                })
                .collect()
        }
    }
}

pub(super) fn known_statements(subject: &Subject<'_>, _: &CheckSettings) -> Looked {
    let statements = subject.statements();
    let unknown = statements.iter().filter(|statement| statement.analysis.kind == StatementKind::Unknown);
    let message = "it is not recognised, so what it touches is not known: look at it before it runs";
    Looked::at(statements.len(), "statement").with(unknown.map(|statement| Breach::at(statement, message)).collect())
}

pub(super) fn doctrine_rules(subject: &Subject<'_>, settings: &CheckSettings) -> Looked {
    let statements = subject.statements();
    let mut breaches = Vec::new();
    for statement in statements {
        for (rule, message) in sql::rules::breaches(statement) {
            let level = settings.rules.get(rule.name).copied();
            if level != Some(CheckLevel::Off) {
                let breach = Breach::at(statement, format!("{message} ({})", rule.name));
                breaches.push(Breach { level, ..breach });
            }
        }
    }
    Looked::at(statements.len(), "statement").with(breaches)
}

pub(super) fn unbounded_write(subject: &Subject<'_>, _: &CheckSettings) -> Looked {
    let statements = subject.statements();
    let unbounded = statements.iter().filter_map(|statement| {
        let verb = match statement.analysis.kind {
            StatementKind::Update => "updates",
            StatementKind::Delete => "deletes",
            _ => return None,
        };
        let flags = statement.analysis.flags;
        let bounded = flags.has_where || flags.has_limit || flags.temporary;
        let table = statement.analysis.touches.first().map_or("the table".to_owned(), |touch| touch.object.to_string());
        let message =
            format!("it {verb} every row of {table}: say which rows with WHERE, or say WHERE 1 = 1 if all are meant");
        (!bounded).then(|| Breach::at(statement, message))
    });
    Looked::at(statements.len(), "statement").with(unbounded.collect())
}

pub(super) fn undo_coverage(subject: &Subject<'_>, _: &CheckSettings) -> Looked {
    let statements = subject.statements();
    let looked = Looked::at(statements.len(), "statement");
    if matches!(subject.down, Some(Ok(script)) if !script.statements.is_empty()) {
        return looked;
    }
    let methods = undo::methods(statements, subject.dialect);
    let bare = statements.iter().zip(methods).filter_map(|(statement, method)| {
        let undo::Method::None(why) = method else { return None };
        let message = format!("nothing undoes it ({}), since {why}: write a rollback script", statement.analysis.kind);
        Some(Breach::at(statement, message))
    });
    looked.with(bare.collect())
}
