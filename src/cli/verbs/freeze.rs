//! `caribou freeze`.

use super::super::context::Context;
use super::super::project::Project;
use super::super::{CliError, Exit, ask, output};
use super::{VerbOptions, send};
use crate::database::{CONNECTIONS_HIDDEN, ServerKind, connected, open_writers};
use crate::model::{BatchId, Expectation, Verb, user_of};

/// Keep everybody else from writing, until `caribou thaw`
///
/// On MariaDB and MySQL the worker sets read_only, which is of the whole server: every schema, every account without the
/// exempting privilege. It waits for open write transactions first, and refuses where one does not end. Where its account
/// may not set it the freeze is advisory, and says so. On SQLite the core file's write lock is held while no file runs.
/// A freeze is part of a worker's lease: it is lifted when that worker ends, and when nothing has run for
/// freeze.max_idle. `caribou plan`, `status`, and whatever asks the worker go on working.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou freeze --reason 'the importer must not race 0046'\n  caribou status\n  \
    caribou thaw --yes")]
pub(crate) struct Freeze {
    #[command(flatten)]
    options: VerbOptions,
}

impl Freeze {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            project.require_installed().await?;
            if !project.worker().await?.alive {
                return Err(CliError::refused("no worker is alive, and a freeze is part of a worker's lease")
                    .hint("`caribou worker` starts one; policy.freeze = always freezes for as long as a batch runs"));
            }
            self.confirm(&mut project).await?;
            let reason = self.options.reason.clone().filter(|reason| !reason.trim().is_empty());
            let (batch, expects) = (BatchId::SYSTEM, Expectation::default());
            let command = project.submit(batch, Verb::Freeze, reason, expects, None).await?;
            let exit = send::await_answer(context, &mut project, &self.options, batch, &Verb::Freeze, command).await?;
            if exit == Exit::Done && !context.is_json() && !self.options.no_wait {
                output::text(&project.frozen().await?.told())?;
            }
            Ok(exit)
        })
    }

    async fn confirm(&self, project: &mut Project) -> Result<(), CliError> {
        if self.options.yes {
            return Ok(());
        }
        if !ask::is_somebody_there() {
            return Err(CliError::refused("freeze was not confirmed, and nobody is at a terminal to ask")
                .hint("add --yes, and --reason"));
        }
        for line in hits(project).await? {
            output::say(&output::safe(&line));
        }
        let question = format!("Freeze {} as {}?", project.label(), project.account());
        match ask::is_confirmed(&question)? {
            true => Ok(()),
            false => Err(CliError::refused("not confirmed; nothing was asked of the worker")),
        }
    }
}

/// What a freeze will hit, as far as this account sees it.
async fn hits(project: &mut Project) -> Result<Vec<String>, CliError> {
    if project.store.kind() == ServerKind::Sqlite {
        return Ok(vec!["Every other program that writes to the core file waits, and then fails.".to_owned()]);
    }
    let user = user_of(&project.account()).to_owned();
    let session = project.reader()?.session();
    let rows = session.query_text("SHOW DATABASES").await?;
    let ours = ["mysql", "sys", "information_schema", "performance_schema"];
    let schemas: Vec<String> = rows.iter().map(|row| row.get_text(0)).filter(|s| !ours.contains(&s.as_str())).collect();
    let mut lines = vec![
        "read_only is of the WHOLE SERVER. As far as this account sees:".to_owned(),
        format!("  schemas: {}", schemas.join(", ")),
    ];
    let others = connected(session, &user).await?.map(|others| others.iter().map(ToString::to_string).collect());
    lines.push(match others {
        None => format!("  connected: {CONNECTIONS_HIDDEN}"),
        Some(others) if Vec::<String>::is_empty(&others) => "  connected: nobody".to_owned(),
        Some(others) => format!("  connected: {}", others.join(", ")),
    });
    match open_writers(session, &[]).await {
        Ok(open) if open.is_empty() => lines.push("  no write transaction is open".to_owned()),
        Ok(open) => {
            lines.push("  open write transactions, the longest first (they are waited for, at most 3 s):".to_owned());
            lines.extend(open.iter().take(5).map(|writer| format!("    {writer}")));
        }
        Err(_) => {
            lines.push("  open write transactions are not shown to this account; the worker waits for them".into())
        }
    }
    Ok(lines)
}
