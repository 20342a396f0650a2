//! Option files of the MySQL tools (`~/.my.cnf`): the groups `[client]` and `[caribou]`, the latter winning.
//! Syntax as in the server manuals, "Using Option Files": `key=value`, `key`, `#` and `;` comments, quotes, escapes.

use super::{DbError, ErrorKind, Schemas, Secret, ServerAddress, Target};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Reads an option file into a target. Keys of other tools are passed over, as those tools do; `!include` is refused,
/// because what it would add could not be seen here. `~/` at the start of `path` is the home directory.
///
/// # Errors
/// [`ErrorKind::Configuration`] with the file and line, never with a value that could be a password.
pub fn read_option_file(path: &Path) -> Result<Target, DbError> {
    let path = expand_home(path);
    let text = crate::regular::read_text(&path).map_err(|error| {
        DbError::new(ErrorKind::Configuration, format!("read the option file {}", path.display()), error.to_string())
            .with_hint("check database.defaults_file and the file's permissions")
    })?;
    refuse_writable(&path)?;
    parse(&text, &path)
}

/// A file that everybody may write is ignored by the MySQL tools. Here it was named, so it is refused.
fn refuse_writable(path: &Path) -> Result<(), DbError> {
    let doing = || format!("read the option file {}", path.display());
    let about =
        std::fs::metadata(path).map_err(|error| DbError::new(ErrorKind::Configuration, doing(), error.to_string()))?;
    if !about.is_file() || about.mode() & 0o002 == 0 {
        return Ok(());
    }
    Err(DbError::new(ErrorKind::Configuration, doing(), "everybody may write it")
        .with_hint("take that right away (chmod o-w): the MySQL tools ignore such a file"))
}

/// Usual places of a server's socket; the tools use it for the host localhost unless a port is named.
const USUAL_SOCKETS: [&str; 3] = ["/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"];

fn expand_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path.to_owned(),
    }
}

fn parse(text: &str, path: &Path) -> Result<Target, DbError> {
    let wrong = |line: usize, message: String| {
        DbError::new(
            ErrorKind::Configuration,
            format!("read the option file {}, line {}", path.display(), line + 1),
            message,
        )
    };
    let mut options: [Vec<(usize, String, String)>; 2] = [Vec::new(), Vec::new()];
    let mut group = None;
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('!') {
            return Err(wrong(number, "include directives are not followed".to_owned())
                .with_hint("name the included file itself as database.defaults_file"));
        }
        if let Some(rest) = line.strip_prefix('[') {
            let name = rest.split_once(']').ok_or_else(|| wrong(number, "the group has no closing bracket".into()))?;
            group = ["client", "caribou"].iter().position(|known| *known == name.0.trim());
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if let Some(group) = group {
            options[group].push((number, key.trim().replace('_', "-"), unquoted(value.trim())));
        }
    }
    let mut address = ServerAddress::default();
    let mut core = String::new();
    let named_port = options.iter().flatten().any(|(_, key, _)| key == "port");
    for (number, key, value) in options.into_iter().flatten() {
        set(&mut address, &mut core, &key, value).map_err(|message| wrong(number, message))?;
    }
    if address.socket.is_none() && address.host == "localhost" && !named_port {
        address.socket = USUAL_SOCKETS.iter().map(PathBuf::from).find(|socket| socket.exists());
    }
    let mut target = Target::server(address, &core);
    if core.is_empty() {
        target.schemas = Schemas { core, ..Schemas::from_core("") };
    }
    Ok(target)
}

fn set(address: &mut ServerAddress, core: &mut String, key: &str, value: String) -> Result<(), String> {
    match key {
        "user" => address.user = value,
        "password" => address.password = Some(Secret::new(value)),
        "host" => address.host = value,
        "port" => address.port = value.parse().map_err(|_| format!("{value:?} is no port"))?,
        "socket" => address.socket = Some(PathBuf::from(value)),
        "database" => *core = value,
        "ssl-mode" => address.tls.mode = value.parse().map_err(|error: DbError| error.message)?,
        "ssl-ca" => address.tls.ca = Some(PathBuf::from(value)),
        "ssl-cert" => address.tls.cert = Some(PathBuf::from(value)),
        "ssl-key" => address.tls.key = Some(PathBuf::from(value)),
        _ => {}
    }
    Ok(())
}

/// A value without its quotes and trailing comment, escapes resolved.
fn unquoted(value: &str) -> String {
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars().skip(usize::from(quote.is_some()));
    let mut before = None;
    while let Some(c) = characters.next() {
        if Some(c) == quote {
            return text;
        }
        // Without quotes a comment may follow; the manual asks for it to start with # after a blank.
        if quote.is_none() && c == '#' && before.is_some_and(char::is_whitespace) {
            break;
        }
        before = Some(c);
        if c != '\\' {
            text.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('s') => text.push(' '),
            Some(known @ ('\\' | '"' | '\'')) => text.push(known),
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
    }
    if quote.is_some() { text } else { text.trim_end().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    fn read(text: &str) -> Result<(ServerAddress, String), DbError> {
        let target = parse(text, Path::new("my.cnf"))?;
        match target.place {
            Place::Server(address) => Ok((address, target.schemas.core)),
            Place::Sqlite { .. } => panic!("an option file describes a server"),
        }
    }

    #[test]
    fn the_client_group_is_read_and_ours_wins() {
        let text = "# mine\n[mysqld]\nport=1\n[client]\nuser = ana\npassword=\"p#w\\\"s\" ; quick-brown\nport=3310\n\
                    socket='/run/x.sock'\nno-auto-rehash\n[caribou]\nuser=worker # the account\nssl_mode=REQUIRED\n\
                    database=shop\n";
        let (address, core) = read(text).expect("a file");
        assert_eq!((address.user.as_str(), address.port, core.as_str()), ("worker", 3310, "shop"));
        assert_eq!(address.password, Some(Secret::new("p#w\"s")));
        assert_eq!(address.socket, Some(PathBuf::from("/run/x.sock")));
        assert_eq!(address.tls.mode.to_string(), "required");
    }

    #[test]
    fn a_file_that_everybody_may_write_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("my.cnf");
        std::fs::write(&path, "[client]\nuser=ana\n").expect("a file");
        assert!(read_option_file(&path).is_ok());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o646)).expect("permissions");
        let error = read_option_file(&path).expect_err("writable");
        assert!(error.message.contains("everybody may write"), "{error}");
    }

    #[test]
    fn escapes_and_hashes_in_unquoted_values_are_read_as_the_tools_read_them() {
        let (address, _) = read("[client]\npassword=a\\sb\\\\c#d\n").expect("a file");
        assert_eq!(address.password, Some(Secret::new("a b\\c#d")));
    }

    #[test]
    fn what_cannot_be_followed_is_refused_with_its_line() {
        for (text, line) in
            [("[client]\n!include /etc/x\n", "line 2"), ("[client]\nport=many\n", "line 2"), ("[x", "line 1")]
        {
            let error = read(text).expect_err(text);
            assert!(error.to_string().contains(line), "{error}");
        }
    }
}
