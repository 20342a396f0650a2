//! The arguments that every command takes.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The arguments that every command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Everywhere")]
pub(super) struct Global {
    /// Use this configuration file instead of the caribou.toml here or above
    #[arg(long, global = true, value_name = "FILE", env = "CARIBOU_CONFIG", hide_env = true)]
    pub config: Option<PathBuf>,
    /// The database: mysql://user@host/core, mariadb://…, sqlite:DIR (without a password)
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// An option file of the MySQL tools, such as ~/.my.cnf, instead of a URL
    #[arg(long, global = true, value_name = "FILE")]
    pub defaults_file: Option<String>,
    /// The account, in place of the one in URL or option file
    #[arg(long, short, global = true)]
    pub user: Option<String>,
    /// The core schema, when URL or option file names none
    #[arg(long, global = true, value_name = "SCHEMA")]
    pub core: Option<String>,
    /// Directory of the migration files; once for each, where there are several
    #[arg(long, global = true, value_name = "DIR")]
    pub dir: Vec<String>,
    /// For people, or one JSON document on stdout
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// Append the program's own diagnostics to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<String>,
}

/// The form of the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document.
    Json,
}
