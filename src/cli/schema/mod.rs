//! `caribou schema`: the orchestration and ephemeral schemas.

pub(super) mod settings;

use super::context::Context;
use super::project::{self, Project};
use super::{CliError, Exit, output};
use crate::store::{Difference, Role, SchemaState};
use clap::builder::PossibleValuesParser;
use serde::Serialize;

/// Install or check the orchestration and ephemeral schemas
#[derive(Debug, clap::Args)]
pub(crate) struct Schema {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make what is missing; doing it again does nothing
    ///
    /// A schema of version 4.0.25 is completed: columns, indexes and tables are added, nothing that is there
    /// changes but procedures of ours with another text, which are made anew and keep who may run them. The account needs
    /// CREATE, ALTER, INDEX and CREATE ROUTINE there; to make procedures anew on MySQL also SELECT on mysql.procs_priv.
    Install,
    /// Compare the live schemas with what is expected
    Check,
    /// Print the statements that give an account a role
    Grants {
        /// The role
        #[arg(value_parser = PossibleValuesParser::new(Role::GRANTED.map(Role::as_str)))]
        role: String,
        /// The account, as user@host
        #[arg(value_name = "USER@HOST")]
        account: String,
    },
    /// Show what no client chooses for itself, or set it
    ///
    /// Setting needs the right to write migration_settings, which only the worker's account and the schema's owner have.
    #[command(
        after_help = "Examples:\n  caribou schema settings\n  caribou schema settings environment production\n  \
        caribou schema settings approval.four_eyes --unset"
    )]
    Settings {
        /// The setting
        key: Option<String>,
        /// Its new value
        #[arg(requires = "key")]
        value: Option<String>,
        /// Take it away: the default holds again
        #[arg(long, requires = "key", conflicts_with = "value")]
        unset: bool,
    },
}

impl Schema {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            match self.action {
                Action::Install => install(context).await,
                Action::Check => check(context).await,
                Action::Grants { role, account } => grants(context, &role, &account).await,
                Action::Settings { key, value, unset } => settings::run(context, key, value, unset).await,
            }
        })
    }
}

/// What `caribou schema install` did, in JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Installed {
    schema: String,
    /// What was made; empty where all was there.
    done: Vec<String>,
}

/// How the schemas stand, in JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Compared {
    state: SchemaState,
    differences: Vec<Difference>,
}

async fn install(context: &Context) -> Result<Exit, CliError> {
    let mut project = Project::from_store(project::connect(context).await?).await?;
    let done = project.install().await?;
    if context.is_json() {
        output::json(&Installed { schema: project.store.schemas().orchestration.clone(), done })?;
    } else if done.is_empty() {
        output::text(&format!("{} is complete; nothing to do.", project.store.schemas().orchestration))?;
    } else {
        output::text(&done.join("\n"))?;
    }
    Ok(Exit::Done)
}

async fn check(context: &Context) -> Result<Exit, CliError> {
    let project = Project::connect(context).await?;
    if project.state() != SchemaState::Legacy {
        project.require_installed().await?;
    }
    let differences = project.store.check().await?;
    let differs = differences.iter().any(|difference| !difference.unseen);
    if context.is_json() {
        output::json(&Compared { state: project.state(), differences })?;
    } else if differences.is_empty() {
        output::text("The schemas are as expected.")?;
    } else if differs {
        let lines: Vec<String> = differences.iter().map(|d| output::safe(&d.to_string())).collect();
        output::text(&lines.join("\n"))?;
        output::say(" hint: `caribou schema install` makes what is missing, and procedures anew that differ");
    } else {
        let lines: Vec<String> = differences.iter().map(|d| output::safe(&d.to_string())).collect();
        output::text(&format!("As far as this account may see, the schemas are as expected.\n{}", lines.join("\n")))?;
    }
    Ok(if differs { Exit::Failed } else { Exit::Done })
}

async fn grants(context: &Context, role: &str, account: &str) -> Result<Exit, CliError> {
    let store = project::connect(context).await?;
    let (user, host) = account.rsplit_once('@').unwrap_or((account, "%"));
    let bare = |part: &str| part.trim_matches(['\'', '`', '"']).to_owned();
    let (user, host) = (bare(user), bare(host));
    let role = Role::GRANTED.into_iter().find(|r| r.as_str() == role).unwrap_or(Role::Observer);
    if user.chars().all(|c| matches!(c, '%' | '_' | ' ')) {
        return Err(CliError::refused(format!(
            "{account} is no account of a person or a program: anybody could be it"
        ))
        .hint("name the user, as in ana@10.0.0.%"));
    }
    if host.chars().all(|c| matches!(c, '%' | '_')) {
        output::warning(&format!(
            "{user}@{} may connect from anywhere: name a host or a network where that is possible",
            if host.is_empty() { "%" } else { &host }
        ));
    }
    let statements = store.grants(role, &user, &host)?;
    if context.is_json() {
        output::json(&statements)?;
    } else if statements.is_empty() {
        output::text("-- SQLite has no accounts: whoever may read and write the files may do everything.")?;
    } else {
        output::text(&statements.iter().map(|s| format!("{s};\n")).collect::<String>())?;
    }
    Ok(Exit::Done)
}
