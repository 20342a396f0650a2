//! Error numbers of MariaDB and MySQL, and which category each has.
//!
//! From the servers' manuals ("Server Error Message Reference", "MariaDB Error Codes"). Numbers from 1900 to 1999 and
//! from 4000 on mean different things on the two; those listed here are told apart by meaning or have one only.

use crate::database::{DbError, ErrorKind};
use sqlx::mysql::MySqlDatabaseError;

use ErrorKind::{
    Auth, ConnectionLost, Constraint, Deadlock, Disk, DuplicateObject, Interrupted, LockWait, MissingObject, Privilege,
    ReadOnly, Syntax, Timeout, Unsupported,
};

/// The categories by number.
const KINDS: &[(ErrorKind, &[u16])] = &[
    (Syntax, &[1064, 1149, 1065, 1221, 1103, 1102, 1059, 1115, 1193, 1231, 1273, 1305 - 1305 + 1327, 1340, 1115]),
    (
        MissingObject,
        &[1008, 1049, 1051, 1054, 1072, 1091, 1109, 1146, 1176, 1305, 1360, 1539, 1356, 1477, 3821, 3940, 4091, 4092],
    ),
    (DuplicateObject, &[1007, 1050, 1060, 1061, 1068, 1304, 1359, 1537, 1826, 3822, 4127]),
    (
        Constraint,
        &[
            1022, 1048, 1062, 1138, 1169, 1216, 1217, 1264, 1265, 1292, 1364, 1366, 1406, 1451, 1452, 1526, 1557, 1586,
            1690, 1761, 1762, 1859, 3819, 3140, 3730, 4025, 1830, 1834, 1832, 1833, 3780, 1822, 1215, 1005,
        ],
    ),
    (LockWait, &[1205, 1099, 1100, 1165, 3572, 3058]),
    (Deadlock, &[1213, 1614, 3132]),
    (ConnectionLost, &[1053, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2002, 2003, 2006, 2013, 3169, 4031]),
    (Timeout, &[1969, 3024, 1907]),
    (Interrupted, &[1317, 1028, 1078]),
    (Disk, &[3, 1021, 1026, 1030, 1114, 1016, 1296, 1034, 1877, 3019]),
    (Privilege, &[1044, 1142, 1143, 1227, 1370, 1410, 1419, 1095, 1290 - 1290 + 1141, 1132, 3530]),
    (ReadOnly, &[1036, 1290, 1792, 1836, 3989, 1874, 1223, 3955]),
    (Auth, &[1045, 1130, 1129, 1251, 1275, 1396, 1524, 1698, 1820, 1862, 2059, 3118, 4151, 3955 - 3955 + 1040, 1203, 1226]),
    (Unsupported, &[1235, 1286, 1295, 1153, 1845, 1846, 1628, 3185]),
];

/// The category of a server's number.
fn kind(number: u16) -> ErrorKind {
    KINDS.iter().find(|(_, numbers)| numbers.contains(&number)).map_or(ErrorKind::Internal, |(kind, _)| *kind)
}
