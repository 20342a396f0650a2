//! Questions to the person at the terminal. A script answers with flags instead.

use super::CliError;
use crate::database::Secret;
use std::io::{IsTerminal, Write};

/// True if somebody can answer.
pub(crate) fn is_somebody_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a line.
pub(crate) fn line(question: &str) -> Result<String, CliError> {
    let mut err = std::io::stderr().lock();
    write!(err, "{} ", super::output::safe_lines(question))?;
    err.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

/// Asks yes or no; anything but a yes is a no.
pub(crate) fn is_confirmed(question: &str) -> Result<bool, CliError> {
    Ok(matches!(line(&format!("{question} [y/N]"))?.to_lowercase().as_str(), "y" | "yes"))
}

/// Asks for a password, which is not shown.
pub(crate) fn password(account: &str) -> Result<Secret, CliError> {
    Ok(Secret::new(rpassword::prompt_password(format!("Password of {account}: "))?))
}
