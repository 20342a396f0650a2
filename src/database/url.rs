//! Targets written as URLs: `mysql://user@host:3306/core?ssl_mode=required`, `mariadb://…`, `sqlite:DIR`.

use super::{DbError, ErrorKind, Schemas, Secret, ServerAddress, Target};
use std::path::PathBuf;

impl Target {
    /// Reads a URL. The database in it is the core schema, from which the other schemas' names follow; without one the
    /// core is empty until [`Target::with_schemas`] names it (SQLite: `core`).
    ///
    /// `?` takes `socket`, `ssl_mode`, `ssl_ca`, `ssl_cert`, `ssl_key` (also with `-`); for SQLite `core`.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`], with no part of the URL's password in it.
    pub fn from_url(url: &str) -> Result<Self, DbError> {
        if let Some(rest) = url.strip_prefix("sqlite:") {
            return sqlite_target(rest);
        }
        let rest = ["mysql://", "mariadb://"].iter().find_map(|scheme| url.strip_prefix(scheme)).ok_or_else(|| {
            wrong("it begins with no known scheme".to_owned()).with_hint("use mysql://…, mariadb://… or sqlite:DIR")
        })?;
        // A password with such a character in it would end up as host, port, schema or option, and in what is said of them.
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        if rest[end..].contains('@') {
            return Err(wrong("an @ stands behind its host".to_owned())
                .with_hint("in a password write / as %2F, ? as %3F and @ as %40"));
        }
        let (rest, query) = split_query(rest);
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let mut address = authority_address(authority)?;
        for (key, value) in pairs(query)? {
            set_option(&mut address, &key, value)?;
        }
        let database = decoded(database)?;
        let mut target = Self::server(address, &database);
        if database.is_empty() {
            target.schemas = Schemas { core: String::new(), ..Schemas::from_core("") };
        }
        Ok(target)
    }
}

fn wrong(message: String) -> DbError {
    DbError::new(ErrorKind::Configuration, "read the database URL", message)
}

fn sqlite_target(rest: &str) -> Result<Target, DbError> {
    let (path, query) = split_query(rest);
    let path = decoded(path.strip_prefix("//").unwrap_or(path))?;
    if path.is_empty() {
        return Err(wrong("it names no directory".to_owned()).with_hint("write sqlite:DIR"));
    }
    let mut target = Target::sqlite(PathBuf::from(path));
    for (key, value) in pairs(query)? {
        match key.as_str() {
            "core" => target.schemas = Schemas::from_core(&value),
            _ => return Err(unknown_option(&key, "core")),
        }
    }
    Ok(target)
}

fn split_query(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}

fn authority_address(authority: &str) -> Result<ServerAddress, DbError> {
    let mut address = ServerAddress::default();
    let (account, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = match account.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (account, None),
    };
    if !user.is_empty() {
        address.user = decoded(user)?;
    }
    if let Some(password) = password {
        address.password = Some(Secret::new(decoded(password)?));
    }
    let (host, port) = split_port(host)?;
    if !host.is_empty() {
        address.host = decoded(host)?;
    }
    if let Some(port) = port {
        address.port =
            port.parse().ok().filter(|port| *port != 0).ok_or_else(|| {
                wrong("its port is no number".to_owned()).with_hint("a port is a number from 1 to 65535")
            })?;
    }
    Ok(address)
}

/// Host and port; an IPv6 address stands in brackets.
fn split_port(host: &str) -> Result<(&str, Option<&str>), DbError> {
    match host.strip_prefix('[') {
        Some(rest) => {
            let (inside, after) =
                rest.split_once(']').ok_or_else(|| wrong("its IPv6 address has no closing bracket".to_owned()))?;
            Ok((inside, after.strip_prefix(':')))
        }
        None => Ok(host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port)))),
    }
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, DbError> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(key)?.replace('-', "_"), decoded(value)?))
        })
        .collect()
}

fn set_option(address: &mut ServerAddress, key: &str, value: String) -> Result<(), DbError> {
    match key {
        "socket" => address.socket = Some(PathBuf::from(value)),
        "ssl_mode" | "sslmode" => address.tls.mode = value.parse()?,
        "ssl_ca" => address.tls.ca = Some(PathBuf::from(value)),
        "ssl_cert" => address.tls.cert = Some(PathBuf::from(value)),
        "ssl_key" => address.tls.key = Some(PathBuf::from(value)),
        _ => {
            return Err(unknown_option(key, "socket, ssl_mode, ssl_ca, ssl_cert, ssl_key"));
        }
    }
    Ok(())
}

fn unknown_option(key: &str, known: &str) -> DbError {
    match key {
        "password" | "pass" | "pwd" | "passwd" => wrong("a password is no option of it".to_owned())
            .with_hint("put the password into CARIBOU_PASSWORD, an option file, or database.password_command"),
        _ => wrong("it has an unknown option".to_owned()).with_hint(format!("known are {known}")),
    }
}

/// Percent-decoding.
fn decoded(text: &str) -> Result<String, DbError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let hex = rest.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).ok_or_else(|| {
            wrong("a % in it is not followed by two hexadecimal digits".to_owned())
                .with_hint("write a percent sign as %25")
        })?;
        bytes.push(byte);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8 once decoded".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::{Place, SslMode};
    use super::*;

    fn address(url: &str) -> ServerAddress {
        match Target::from_url(url).expect("a URL").place {
            Place::Server(address) => address,
            Place::Sqlite { .. } => panic!("{url} is a server's"),
        }
    }

    #[test]
    fn every_part_of_a_server_url_is_read() {
        let url = "mysql://d%40ba:p%3aw@db1:3307/shop?ssl-mode=VERIFY_CA&ssl_ca=/ca.pem&socket=/run/my.sock";
        let found = address(url);
        assert_eq!((found.user.as_str(), found.host.as_str(), found.port), ("d@ba", "db1", 3307));
        assert_eq!(found.password, Some(Secret::new("p:w")));
        assert_eq!(found.socket, Some(PathBuf::from("/run/my.sock")));
        assert_eq!((found.tls.mode, found.tls.ca), (SslMode::VerifyCa, Some(PathBuf::from("/ca.pem"))));
        let schemas = Target::from_url(url).expect("a URL").schemas;
        assert_eq!(schemas.orchestration, "shop_orchestration");
    }

    #[test]
    fn what_is_left_out_has_the_usual_value() {
        let found = address("mariadb://db1");
        assert_eq!((found.user.as_str(), found.port, found.password), ("root", 3306, None));
        assert_eq!(address("mysql://[::1]:3308/x").host, "::1");
        assert_eq!(Target::from_url("mysql://db1/").expect("a URL").schemas.core, "");
    }

    #[test]
    fn a_sqlite_url_names_a_directory() {
        for url in ["sqlite:some/dir", "sqlite://some/dir"] {
            let target = Target::from_url(url).expect("a URL");
            assert_eq!(target.place, Place::Sqlite { dir: PathBuf::from("some/dir") });
            assert_eq!(target.schemas.core, "core");
        }
        assert_eq!(Target::from_url("sqlite:d?core=shop").expect("a URL").schemas.core, "shop");
    }

    #[test]
    fn a_wrong_url_is_refused_without_its_password() {
        for url in [
            "postgres://u:hunter2@h/x",
            "mysql://u:hunter2@h:99999/x",
            "mysql://u:hunter2%zz@h/x",
            "mysql://u:hunter2@h/x?nonsense=1",
            "mysql://u:hunter2@[::1/x",
            "mysql://u:hunter2/x@h/y",
            "mysql://u:a/hunter2@h/y",
            "mysql://u:a?hunter2=b@h/y",
            "mysql://u:hunter2",
            "mysql://h/x?password=hunter2",
            "mysql://h/x?hunter2",
            "mysql://h/x?pwd=hunter2",
            "hunter2://h/x",
            "u:hunter2@h/x",
            "sqlite:",
            "hunter2",
        ] {
            let error = Target::from_url(url).expect_err(url);
            assert_eq!(error.kind, ErrorKind::Configuration);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
