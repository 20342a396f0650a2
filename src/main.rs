//! Arguments in, exit status out.

use color_eyre::config::{HookBuilder, Theme};
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> color_eyre::Result<ExitCode> {
    let report = HookBuilder::default();
    // Reports of what nobody expects go by the rules of everything else on stderr.
    let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
        || std::env::var_os("TERM").is_some_and(|term| term == "dumb")
        || !std::io::stderr().is_terminal();
    if plain {
        report.theme(Theme::new()).install()?
    } else {
        report.install()?
    }
    caribou::cli::main().map(ExitCode::from)
}
