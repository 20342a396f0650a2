//! The option file by which a dump tool logs in: for its owner only, and gone with the tool.

use crate::database::{Secret, ServerAddress, SslMode};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Whose words the tool understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    MariaDb,
    MySql,
}

/// The file, in a directory of its own; dropping it removes both.
#[derive(Debug)]
pub(super) struct Login {
    dir: PathBuf,
}

impl Login {
    /// Writes it. `encrypted`: our own connection to that server is.
    ///
    /// # Errors
    /// The system's.
    pub fn write(address: &ServerAddress, flavour: Flavour, encrypted: bool) -> io::Result<Login> {
        let name = format!("caribou-login-{}-{:016x}", std::process::id(), fastrand::u64(..));
        let dir = std::env::temp_dir().join(name);
        DirBuilder::new().mode(0o700).create(&dir)?;
        let login = Login { dir };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(login.path())?;
        file.write_all(text(address, flavour, encrypted).as_bytes())?;
        Ok(login)
    }

    /// Its path.
    pub fn path(&self) -> PathBuf {
        self.dir.join("login.cnf")
    }

    /// A path beside it where nothing is: MySQL's tools read a login file of the user's unless they are told another.
    pub fn nothing(&self) -> PathBuf {
        self.dir.join("none")
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(%error, dir = %self.dir.display(), "the option file of the dump was not removed");
        }
    }
}

fn text(address: &ServerAddress, flavour: Flavour, encrypted: bool) -> String {
    let mut lines = vec!["[client]".to_owned(), option("user", &address.user)];
    if let Some(password) = &address.password {
        lines.push(option("password", Secret::expose(password)));
    }
    match &address.socket {
        Some(socket) => lines.extend(["protocol=socket".to_owned(), of_path("socket", socket)]),
        None => lines.extend([
            "protocol=tcp".to_owned(),
            option("host", &address.host),
            option("port", &address.port.to_string()),
        ]),
    }
    let mode = address.tls.mode();
    match flavour {
        Flavour::MySql => {
            lines.push(option("ssl-mode", &mode.to_string().to_uppercase()));
            lines.push("loose-get-server-public-key".to_owned());
        }
        // It knows no verification of the authority alone: the stricter one then.
        Flavour::MariaDb if matches!(mode, SslMode::VerifyCa | SslMode::VerifyIdentity) => {
            lines.extend(["ssl".to_owned(), "ssl-verify-server-cert".to_owned()]);
        }
        Flavour::MariaDb if encrypted || mode == SslMode::Required => {
            lines.extend(["ssl".to_owned(), "skip-ssl-verify-server-cert".to_owned()]);
        }
        Flavour::MariaDb => lines.push("skip-ssl".to_owned()),
    }
    let files = [("ssl-ca", &address.tls.ca), ("ssl-cert", &address.tls.cert), ("ssl-key", &address.tls.key)];
    lines.extend(files.iter().filter_map(|(key, path)| Some(of_path(key, path.as_deref()?))));
    lines.join("\n") + "\n"
}

fn of_path(key: &str, path: &Path) -> String {
    option(key, &path.to_string_lossy())
}

/// `key="value"`, with what the tools' reader takes for something else escaped.
fn option(key: &str, value: &str) -> String {
    let mut quoted = String::new();
    for c in value.chars() {
        match c {
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    format!("{key}=\"{quoted}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Place, read_option_file};
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn what_is_written_is_read_back_and_is_for_the_owner_only() {
        let odd = "a\\b\"c' #d;\te\n%";
        let address = ServerAddress {
            host: "db1".into(),
            port: 3307,
            user: "ana".into(),
            password: Some(Secret::new(odd)),
            ..ServerAddress::default()
        };
        let login = Login::write(&address, Flavour::MySql, false).unwrap();
        let path = login.path();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let Place::Server(read) = read_option_file(&path).unwrap().place else { panic!("a server") };
        assert_eq!((read.password, read.port, read.host), (Some(Secret::new(odd)), 3307, "db1".to_owned()));
        drop(login);
        assert!(!path.exists() && !path.parent().unwrap().exists());
    }

    #[test]
    fn tls_is_asked_for_in_the_words_of_the_tool() {
        let mut address = ServerAddress::default();
        address.tls.mode = SslMode::VerifyIdentity;
        assert!(text(&address, Flavour::MariaDb, true).contains("\nssl-verify-server-cert\n"));
        assert!(text(&address, Flavour::MySql, true).contains("ssl-mode=\"VERIFY_IDENTITY\""));
        address.tls.mode = SslMode::Preferred;
        assert!(text(&address, Flavour::MariaDb, true).contains("\nssl\nskip-ssl-verify-server-cert\n"));
        assert!(text(&address, Flavour::MariaDb, false).contains("\nskip-ssl\n"));
    }
}
