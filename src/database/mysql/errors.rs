//! Error numbers of MariaDB and MySQL, and which category each has.

use crate::database::{DbError, ErrorKind, ServerAddress};
use sqlx::mysql::MySqlDatabaseError;

use ErrorKind::{
    Auth, ConnectionLost, Constraint, Deadlock, Disk, DuplicateObject, Interrupted, LockWait, MissingObject, Privilege,
    ReadOnly, Syntax, Timeout, Unsupported,
};

/// The categories by number, from the manuals ("Server Error Message Reference", "MariaDB Error Codes"). Numbers from
/// 1900 to 1999 and from 3000 on may mean different things on the two servers; those here mean one thing or exist on
/// one only.
const KINDS: &[(ErrorKind, &[u16])] = &[
    (
        Syntax,
        &[
            1052, 1055, 1059, 1064, 1065, 1067, 1075, 1101, 1102, 1103, 1113, 1115, 1136, 1149, 1170, 1193, 1221, 1231,
            1241, 1273, 1327, 4161, 4162,
        ],
    ),
    (
        MissingObject,
        &[
            1008, 1046, 1049, 1051, 1054, 1072, 1091, 1109, 1128, 1146, 1176, 1305, 1347, 1356, 1360, 1539, 1630, 3821,
            3940,
        ],
    ),
    (DuplicateObject, &[1007, 1050, 1060, 1061, 1068, 1304, 1359, 1537, 1826, 3822]),
    (
        Constraint,
        &[
            1005, 1022, 1048, 1062, 1138, 1169, 1215, 1216, 1217, 1242, 1264, 1265, 1292, 1364, 1366, 1406, 1451, 1452,
            1526, 1586, 1644, 1690, 1761, 1762, 1822, 1830, 1832, 1833, 1834, 1859, 3140, 3730, 3750, 3780, 3819, 4025,
        ],
    ),
    (LockWait, &[1205, 3572]),
    (Deadlock, &[1213, 1614, 3058]),
    (
        ConnectionLost,
        &[1040, 1053, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1226, 1927, 2002, 2003, 2006, 2013, 3169, 4031],
    ),
    (Timeout, &[1969, 3024]),
    (Interrupted, &[1028, 1078, 1317]),
    (Disk, &[3, 1016, 1021, 1026, 1030, 1034, 1114, 1296]),
    (Privilege, &[1044, 1095, 1132, 1141, 1142, 1143, 1227, 1370, 1396, 1410, 1419]),
    (ReadOnly, &[1036, 1223, 1290, 1792, 1836, 1874, 3989]),
    (Auth, &[1045, 1129, 1130, 1251, 1275, 1524, 1698, 1820, 1862, 3118, 3955, 4151]),
    (Unsupported, &[1031, 1071, 1099, 1100, 1118, 1148, 1153, 1235, 1286, 1295, 1478, 1845, 1846, 3948, 4166]),
];

const NO_CONNECTION_LEFT: u16 = 1040;

/// Ways into a server all of whose connections are taken.
const FULL: &str = "the server runs, and all its connections are taken: end idle ones (SELECT id, user, host, time FROM \
     information_schema.processlist WHERE command = 'Sleep' ORDER BY time DESC; KILL ID) or raise max_connections. One more is \
     reserved for an account with CONNECTION ADMIN (CONNECTION_ADMIN, SUPER), and a port of its own (MariaDB: extra_port, \
     MySQL: admin_port) has connections beside these";

fn kind(number: u16) -> ErrorKind {
    KINDS.iter().find(|(_, numbers)| numbers.contains(&number)).map_or(ErrorKind::Internal, |(kind, _)| *kind)
}

/// An error of a running session.
pub(super) fn running(error: sqlx::Error, doing: String) -> DbError {
    match &error {
        sqlx::Error::Database(inner) => match inner.try_downcast_ref::<MySqlDatabaseError>() {
            Some(from_server) => server_error(from_server, doing),
            None => DbError::new(ErrorKind::Internal, doing, inner.message()),
        },
        sqlx::Error::Io(io) => DbError::new(ConnectionLost, doing, format!("the connection broke: {io}")),
        sqlx::Error::WorkerCrashed => DbError::new(ConnectionLost, doing, "the connection is closed"),
        other => DbError::new(ErrorKind::Internal, doing, other.to_string()),
    }
}

fn server_error(error: &MySqlDatabaseError, doing: String) -> DbError {
    let number = error.number();
    let error = DbError::new(kind(number), doing, error.message()).with_code(number.to_string());
    if number == NO_CONNECTION_LEFT { error.with_hint(FULL) } else { error }
}

fn tls_failed(what: &dyn std::fmt::Display, doing: String) -> DbError {
    DbError::new(ConnectionLost, doing, format!("TLS failed: {what}"))
        .with_hint("check ssl_mode, ssl_ca, ssl_cert and ssl_key against the server's certificate")
}

/// An error while connecting.
pub(super) fn connecting(error: sqlx::Error, address: &ServerAddress, doing: String) -> DbError {
    match error {
        // What the TLS library says against a certificate comes as invalid data.
        sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => tls_failed(&io, doing),
        sqlx::Error::Io(io) => DbError::new(ConnectionLost, doing, io.to_string())
            .with_hint("check host, port and socket, and that the server runs"),
        sqlx::Error::Tls(tls) => tls_failed(&tls, doing),
        // Without client certificates only one setting can be wrong for the driver: a password for the plugins of MySQL 8
        // goes through TLS or an RSA exchange, which it is not built with.
        sqlx::Error::Configuration(_) if address.tls.cert.is_none() && address.tls.key.is_none() => {
            DbError::new(Auth, doing, "the account's authentication plugin sends the password through TLS only")
                .with_hint("set ssl_mode to preferred or required")
        }
        sqlx::Error::Configuration(wrong) => DbError::new(ErrorKind::Configuration, doing, wrong.to_string()),
        // The driver knows no such authentication plugin, or the plugin asks for what it cannot do.
        sqlx::Error::Protocol(message) => DbError::new(Auth, doing, message).with_hint(
            "if the account uses another plugin than mysql_native_password or caching_sha2_password, change it",
        ),
        other => running(other, doing),
    }
}

/// An error for an unexpected empty answer.
pub(super) fn no_row(doing: &str) -> DbError {
    DbError::new(ErrorKind::Internal, doing, "the server gave no row")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_has_two_categories() {
        let mut all: Vec<u16> = KINDS.iter().flat_map(|(_, numbers)| numbers.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn numbers_have_their_category() {
        let cases = [
            (1064, Syntax),
            (1146, MissingObject),
            (1290, ReadOnly),
            (1205, LockWait),
            (1213, Deadlock),
            (1045, Auth),
            (4321, ErrorKind::Internal),
        ];
        for (number, expected) in cases {
            assert_eq!(kind(number), expected, "{number}");
        }
    }
}
