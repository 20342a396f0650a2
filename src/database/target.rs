//! The target of a connection.

use super::{DbError, ErrorKind};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// A text that is never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the driver only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The extent to which TLS is asked for, in the words of the MySQL tools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disabled,
    /// TLS where the server offers it, without verification; not on this machine (socket or loopback) unless the
    /// account needs it.
    #[default]
    Preferred,
    /// Always, without verification.
    Required,
    /// Always, and the server's certificate must come from the given authority or one that this machine trusts.
    VerifyCa,
    /// Also the host name must be the certificate's.
    VerifyIdentity,
}

/// The words of `--ssl-mode`.
const SSL_MODES: [(&str, SslMode); 5] = [
    ("disabled", SslMode::Disabled),
    ("preferred", SslMode::Preferred),
    ("required", SslMode::Required),
    ("verify_ca", SslMode::VerifyCa),
    ("verify_identity", SslMode::VerifyIdentity),
];

impl std::str::FromStr for SslMode {
    type Err = DbError;

    fn from_str(word: &str) -> Result<Self, DbError> {
        let plain = word.to_ascii_lowercase().replace('-', "_");
        SSL_MODES.iter().find(|(name, _)| *name == plain).map(|(_, mode)| *mode).ok_or_else(|| {
            DbError::new(ErrorKind::Configuration, "read ssl_mode", format!("there is no mode {word:?}"))
                .with_hint("use one of disabled, preferred, required, verify_ca, verify_identity")
        })
    }
}

impl fmt::Display for SslMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SSL_MODES.iter().find(|(_, mode)| mode == self).map_or("", |(name, _)| name))
    }
}

/// TLS of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The extent to which it is asked for.
    pub mode: SslMode,
    /// The authority's certificate (PEM).
    pub ca: Option<PathBuf>,
    /// The client's certificate (PEM).
    pub cert: Option<PathBuf>,
    /// The client's key (PEM).
    pub key: Option<PathBuf>,
}

impl Tls {
    /// The extent to which TLS is asked for: who names an authority and no more wants the server's certificate verified, as
    /// the mysql client takes it.
    pub fn mode(&self) -> SslMode {
        match (self.mode, &self.ca) {
            (SslMode::Preferred, Some(_)) => SslMode::VerifyCa,
            (mode, _) => mode,
        }
    }

    /// True if an authority is named that the mode does not ask.
    pub fn ignores_ca(&self) -> bool {
        self.ca.is_some() && matches!(self.mode, SslMode::Disabled | SslMode::Required)
    }
}

/// Address of a MariaDB or MySQL server, and the account to connect as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// A socket of this machine, used instead of host and port.
    pub socket: Option<PathBuf>,
    /// The account's user.
    pub user: String,
    /// Its password, never printed.
    pub password: Option<Secret>,
    /// TLS.
    pub tls: Tls,
}

impl Default for ServerAddress {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 3306,
            socket: None,
            user: "root".to_owned(),
            password: None,
            tls: Tls::default(),
        }
    }
}

impl ServerAddress {
    /// `db1:3306`, or the socket's path.
    pub fn label(&self) -> String {
        match &self.socket {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.host, self.port),
        }
    }
}

/// The account that files run as, where it is another than the worker's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runner {
    /// The account's user.
    pub user: String,
    /// Its password, never printed.
    pub password: Option<Secret>,
}

/// A server, or a directory of SQLite files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A MariaDB or MySQL server; which of them is found out when connecting.
    Server(ServerAddress),
    /// SQLite files, one per schema, named `SCHEMA.db`.
    Sqlite {
        /// The directory; it is created when missing.
        dir: PathBuf,
    },
}

/// The names of the federated schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schemas {
    /// The data being migrated.
    pub core: String,
    /// Journal and projections.
    pub orchestration: String,
    /// The schema that may vanish at any moment.
    pub ephemeral: String,
    /// The schema of what undo keeps.
    pub undo: String,
}

impl Schemas {
    /// The names that follow from the core schema's.
    pub fn from_core(core: &str) -> Self {
        Self {
            core: core.to_owned(),
            orchestration: format!("{core}_orchestration"),
            ephemeral: format!("{core}_ephemeral"),
            undo: format!("{core}_undo"),
        }
    }

    /// All four, core first.
    pub fn all(&self) -> [&str; 4] {
        [&self.core, &self.orchestration, &self.ephemeral, &self.undo]
    }

    /// Refuses names that are missing, equal, or that no server or file system would take.
    pub(super) fn check(&self) -> Result<(), DbError> {
        let wrong = |message: String, hint: &str| {
            Err(DbError::new(ErrorKind::Configuration, "use the configured schemas", message).with_hint(hint))
        };
        for (index, name) in self.all().into_iter().enumerate() {
            if name.is_empty() {
                return wrong(
                    "no core schema is named".to_owned(),
                    "name it in the URL (mysql://user@host/SCHEMA) or as database.core",
                );
            }
            if name.chars().count() > 64 || name.contains(['/', '\\', '\0']) || name.starts_with('.') {
                return wrong(format!("{name:?} is no schema name"), "use at most 64 letters, digits and underscores");
            }
            if self.all()[..index].iter().any(|other| other.eq_ignore_ascii_case(name)) {
                return wrong(format!("{name:?} is named twice"), "give each of the schemas a name of its own");
            }
        }
        Ok(())
    }
}

/// The target of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The server or directory.
    pub place: Place,
    /// The schemas' names. An empty core means that none was named yet.
    pub schemas: Schemas,
    /// The time that connecting may take.
    pub connect_timeout: Duration,
    /// As whom files run; `None`: as the account that does everything else. SQLite has no accounts.
    pub runner: Option<Runner>,
    /// The time that a server may leave a question of ours without any answer, before it is taken for unreachable.
    pub answer_timeout: Duration,
}

impl Target {
    /// The time that connecting may take unless configured.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
    /// The time that a question may stay without any answer unless configured: as long as a lease lasts.
    pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

    /// A directory of SQLite files with the usual schema names.
    pub fn sqlite(dir: impl Into<PathBuf>) -> Self {
        Self::new(Place::Sqlite { dir: dir.into() }, "core")
    }

    /// A server.
    pub fn server(address: ServerAddress, core: &str) -> Self {
        Self::new(Place::Server(address), core)
    }

    fn new(place: Place, core: &str) -> Self {
        Self {
            place,
            schemas: Schemas::from_core(core),
            connect_timeout: Self::CONNECT_TIMEOUT,
            answer_timeout: Self::ANSWER_TIMEOUT,
            runner: None,
        }
    }

    /// With other schema names.
    pub fn with_schemas(mut self, schemas: Schemas) -> Self {
        self.schemas = schemas;
        self
    }

    /// The server's address, where it is one.
    pub fn address_mut(&mut self) -> Option<&mut ServerAddress> {
        match &mut self.place {
            Place::Server(address) => Some(address),
            Place::Sqlite { .. } => None,
        }
    }

    /// True if a password was given (a URL on the command line must not hold one).
    pub fn has_password(&self) -> bool {
        matches!(&self.place, Place::Server(ServerAddress { password: Some(_), .. }))
    }

    /// `db1:3306`, `sqlite:DIR`; never a secret.
    pub fn label(&self) -> String {
        match &self.place {
            Place::Server(address) => address.label(),
            Place::Sqlite { dir } => format!("sqlite:{}", dir.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let address = ServerAddress { password: Some(Secret::new("hunter2")), ..ServerAddress::default() };
        let target = Target::server(address, "shop");
        assert!(target.has_password());
        assert!(!format!("{target:?}{}", target.label()).contains("hunter2"));
    }

    #[test]
    fn schemas_must_be_named_apart() {
        assert!(Schemas::from_core("shop").check().is_ok());
        for wrong in ["", "a/b", "..", &"x".repeat(65)] {
            assert!(Schemas::from_core(wrong).check().is_err(), "{wrong:?}");
        }
        let twice = Schemas { ephemeral: "SHOP".to_owned(), ..Schemas::from_core("shop") };
        assert!(twice.check().is_err());
    }

    #[test]
    fn ssl_modes_are_read_in_the_tools_words() {
        assert_eq!("VERIFY_CA".parse::<SslMode>(), Ok(SslMode::VerifyCa));
        assert_eq!("verify-identity".parse::<SslMode>(), Ok(SslMode::VerifyIdentity));
        assert_eq!(SslMode::VerifyCa.to_string(), "verify_ca");
        assert!("yes".parse::<SslMode>().is_err());
    }
}
