//! Identity of this process.

/// The operating system's name of the person, for information.
pub(crate) fn os_user() -> String {
    let user = nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten();
    user.map_or_else(|| nix::unistd::getuid().to_string(), |u| u.name)
}

/// Name of this machine.
pub(crate) fn host() -> String {
    nix::unistd::gethostname().ok().and_then(|h| h.into_string().ok()).unwrap_or_else(|| "?".to_owned())
}

/// Name under which others see a worker in this process: `ana@db1 4711`.
pub(crate) fn holder() -> String {
    format!("{}@{} {}", os_user(), host(), std::process::id())
}
