//! Arguments in, exit status out.

use std::process::ExitCode;

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::install()?;
    caribou::cli::main().map(ExitCode::from)
}
