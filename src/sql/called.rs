//! Functions that a statement calls and that the server does not have of its own: such a one may write tables, in a
//! SELECT too. Whether there is one of that name, and what it does, only the database can say.

use super::analysis::unquote;
use super::keyword::one_of;
use super::lexer::{Lexer, TokenKind};
use super::{Dialect, ObjectKind, ObjectName, StatementKind, identifiers};
use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

/// True for a statement that changes nothing, but for what the functions do that it calls.
pub(crate) fn may_write_by_calls(kind: StatementKind) -> bool {
    matches!(kind, StatementKind::Do | StatementKind::Select | StatementKind::Set)
}

/// True if a text sets where a sequence goes on: the one function of MariaDB's own that changes what stands. NEXTVAL is like
/// a number of AUTO_INCREMENT, which nothing brings back.
pub(crate) fn sets_sequence(text: &str, dialect: Dialect) -> bool {
    dialect == Dialect::MariaDb
        && text.to_ascii_uppercase().contains("SETVAL")
        && identifiers(text, dialect).iter().any(|word| word.eq_ignore_ascii_case("SETVAL"))
}

/// True if what a statement of these kinds calls may change something; the database says whether it does.
pub(crate) fn may_call_what_writes(text: &str, dialect: Dialect) -> bool {
    sets_sequence(text, dialect) || !called(text, dialect).is_empty()
}

/// The functions that a text calls and that may be stored ones. SQLite has none.
pub(crate) fn called(text: &str, dialect: Dialect) -> BTreeSet<ObjectName> {
    let mut found = BTreeSet::new();
    if !dialect.is_mysql_family() || !may_call(text) {
        return found;
    }
    let mut lexer = Lexer::new(text, dialect);
    // The last four tokens of code: schema, point, name, parenthesis; and what stands before the name.
    let mut last: Vec<(TokenKind, &str)> = Vec::new();
    while let Ok(Some(token)) = lexer.next_token() {
        if !token.is_code() || matches!(token.kind, TokenKind::ExecOpen | TokenKind::ExecClose) {
            continue;
        }
        let word = &text[token.start..token.end];
        if word == "(" {
            found.extend(called_by(&last));
        }
        last.push((token.kind, word));
        if last.len() > 4 {
            last.remove(0);
        }
    }
    found
}

/// The function of which these are the last tokens before its parenthesis.
fn called_by(last: &[(TokenKind, &str)]) -> Option<ObjectName> {
    let is_name = |kind: TokenKind| matches!(kind, TokenKind::Word | TokenKind::Quoted);
    let (kind, name) = last.last().copied().filter(|(kind, _)| is_name(*kind))?;
    let name_of = |name: &str| unquote(name);
    if let [.., (schema_kind, schema), (_, "."), _] = last {
        return is_name(*schema_kind)
            .then(|| ObjectName::qualified(ObjectKind::Function, name_of(schema), name_of(name)));
    }
    let before = last.len().checked_sub(2).map_or("", |at| last[at].1);
    let is_table = one_of(before, &["INTO", "TABLE", "REFERENCES", "WITH", "RECURSIVE", "AS"]) || before == "@";
    let own = kind == TokenKind::Word && KNOWN.contains(name.to_ascii_uppercase().as_str());
    (!is_table && !own).then(|| ObjectName::new(ObjectKind::Function, name_of(name)))
}

/// A quick look: a word that is none of the server's before a parenthesis, in a string or not.
fn may_call(text: &str) -> bool {
    text.match_indices('(').any(|(at, _)| {
        let before = text[..at].trim_end();
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '`' | '"');
        let word = before.rsplit(|c: char| !part(c)).next().unwrap_or_default();
        let behind_a_point = before[..before.len() - word.len()].trim_end().ends_with('.');
        !word.is_empty() && (behind_a_point || !KNOWN.contains(word.to_ascii_uppercase().as_str()))
    })
}

static KNOWN: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| BUILT_IN.split_whitespace().chain(WORDS.split_whitespace()).collect());

/// Functions that a server has of its own, none of which changes a table; in their order.
const BUILT_IN: &str = "ABS ACOS ADDDATE ADDTIME ADD_MONTHS AES_DECRYPT AES_ENCRYPT ANY_VALUE ASCII ASIN ASYMMETRIC_DECRYPT ATAN \
     ATAN2 AVG BENCHMARK BIN BINLOG_GTID_POS BIN_TO_UUID BIT_AND BIT_COUNT BIT_LENGTH BIT_OR BIT_XOR CAST \
     CEIL CEILING CHAR CHARACTER_LENGTH CHARSET CHAR_LENGTH CHR COALESCE COERCIBILITY COLLATION COLUMN_ADD \
     COLUMN_CHECK COLUMN_CREATE COLUMN_DELETE COLUMN_EXISTS COLUMN_GET COLUMN_JSON COLUMN_LIST COMPRESS \
     CONCAT CONCAT_OPERATOR_ORACLE CONCAT_WS CONNECTION_ID CONV CONVERT CONVERT_TZ COS COT COUNT CRC32 CRC32C \
     CUME_DIST CURDATE CURRENT_DATE CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER \
     CURTIME DATABASE DATE DATEDIFF DATE_ADD DATE_FORMAT DATE_SUB DAY DAYNAME DAYOFMONTH DAYOFWEEK DAYOFYEAR \
     DECODE DECODE_HISTOGRAM DECODE_ORACLE DEFAULT DEGREES DENSE_RANK DES_DECRYPT DES_ENCRYPT DISTANCE ELT \
     ENCODE ENCRYPT EXP EXPORT_SET EXTRACT EXTRACTVALUE FIELD FIND_IN_SET FIRST_VALUE FLOOR FORMAT \
     FORMAT_BYTES FORMAT_PICO_TIME FOUND_ROWS FROM_BASE64 FROM_DAYS FROM_UNIXTIME GEOMCOLLECTION \
     GEOMETRYCOLLECTION GEOMFROMTEXT GET_FORMAT GET_LOCK GREATEST GROUPING GROUP_CONCAT GTID_SUBSET \
     GTID_SUBTRACT HEX HOUR ICU_VERSION IF IFNULL IGNORE INET6_ATON INET6_NTOA INET_ATON INET_NTOA INSERT \
     INSTR INTERVAL ISNULL IS_FREE_LOCK IS_IPV4 IS_IPV4_COMPAT IS_IPV4_MAPPED IS_IPV6 IS_USED_LOCK IS_UUID \
     IS_VISIBLE_DGCOLUMN JSON_ARRAY JSON_ARRAYAGG JSON_ARRAY_APPEND JSON_ARRAY_INSERT JSON_COMPACT \
     JSON_CONTAINS JSON_CONTAINS_PATH JSON_DEPTH JSON_DETAILED JSON_EQUALS JSON_EXISTS JSON_EXTRACT \
     JSON_INSERT JSON_KEYS JSON_LENGTH JSON_LOOSE JSON_MERGE JSON_MERGE_PATCH JSON_MERGE_PRESERVE \
     JSON_NORMALIZE JSON_OBJECT JSON_OBJECTAGG JSON_OVERLAPS JSON_PRETTY JSON_QUERY JSON_QUOTE JSON_REMOVE \
     JSON_REPLACE JSON_SCHEMA_VALID JSON_SCHEMA_VALIDATION_REPORT JSON_SEARCH JSON_SET JSON_STORAGE_FREE \
     JSON_STORAGE_SIZE JSON_TABLE JSON_TYPE JSON_UNQUOTE JSON_VALID JSON_VALUE LAG LASTVAL LAST_DAY \
     LAST_INSERT_ID LCASE LEAD LEAST LEFT LENGTH LENGTHB LINESTRING LN LOAD_FILE LOCALTIME LOCALTIMESTAMP \
     LOCATE LOG LOG10 LOG2 LOWER LPAD LPAD_ORACLE LTRIM LTRIM_ORACLE MAKEDATE MAKETIME MAKE_SET \
     MASTER_GTID_WAIT MASTER_POS_WAIT MATCH MAX MBRCONTAINS MBRCOVEREDBY MBRCOVERS MBRDISJOINT MBREQUALS \
     MBRINTERSECTS MBROVERLAPS MBRTOUCHES MBRWITHIN MD5 MEDIAN MICROSECOND MID MIN MINUTE MOD MONTH MONTHNAME \
     MULTILINESTRING MULTIPOINT MULTIPOLYGON NAME_CONST NATURAL_SORT_KEY NEXTVAL NOW NTH_VALUE NTILE NULLIF \
     NVL NVL2 OCT OCTET_LENGTH OLD_PASSWORD ORD OVER PASSWORD PERCENTILE_CONT PERCENTILE_DISC PERCENT_RANK \
     PERIOD_ADD PERIOD_DIFF PI POINT POLYGON POSITION POW POWER PREVIOUS PS_CURRENT_THREAD_ID PS_THREAD_ID \
     QUARTER QUOTE RADIANS RAND RANDOM_BYTES RANK REGEXP_INSTR REGEXP_LIKE REGEXP_REPLACE REGEXP_SUBSTR \
     RELEASE_ALL_LOCKS RELEASE_LOCK REPEAT REPLACE REPLACE_ORACLE REVERSE RIGHT ROLES_GRAPHML ROUND ROW_COUNT \
     ROW_NUMBER RPAD RPAD_ORACLE RTRIM RTRIM_ORACLE SCHEMA SCHEMAS SECOND SEC_TO_TIME SESSION_USER SETVAL \
     SFORMAT SHA SHA1 SHA2 SIGN SIN SLEEP SOUNDEX SOURCE_POS_WAIT SPACE SQRT STATEMENT_DIGEST \
     STATEMENT_DIGEST_TEXT STD STDDEV STDDEV_POP STDDEV_SAMP STRCMP STRING_TO_VECTOR STR_TO_DATE ST_AREA \
     ST_ASBINARY ST_ASGEOJSON ST_ASTEXT ST_ASWKB ST_ASWKT ST_BUFFER ST_CENTROID ST_CONTAINS ST_CONVEXHULL \
     ST_CROSSES ST_DIFFERENCE ST_DIMENSION ST_DISJOINT ST_DISTANCE ST_DISTANCE_SPHERE ST_ENDPOINT ST_ENVELOPE \
     ST_EQUALS ST_EXTERIORRING ST_GEOHASH ST_GEOMETRYN ST_GEOMETRYTYPE ST_GEOMFROMGEOJSON ST_GEOMFROMTEXT \
     ST_GEOMFROMWKB ST_INTERIORRINGN ST_INTERSECTION ST_INTERSECTS ST_ISCLOSED ST_ISEMPTY ST_ISSIMPLE \
     ST_ISVALID ST_LATFROMGEOHASH ST_LATITUDE ST_LENGTH ST_LONGFROMGEOHASH ST_LONGITUDE ST_MAKEENVELOPE \
     ST_NUMGEOMETRIES ST_NUMPOINTS ST_OVERLAPS ST_POINTFROMTEXT ST_POINTN ST_POLYFROMTEXT ST_SIMPLIFY ST_SRID \
     ST_STARTPOINT ST_SWAPXY ST_SYMDIFFERENCE ST_TOUCHES ST_TRANSFORM ST_UNION ST_VALIDATE ST_WITHIN ST_X \
     ST_Y SUBDATE SUBSTR SUBSTRING SUBSTRING_INDEX SUBSTR_ORACLE SUBTIME SUM SYSDATE SYSTEM_USER SYS_GUID TAN \
     TIME TIMEDIFF TIMESTAMP TIMESTAMPADD TIMESTAMPDIFF TIME_FORMAT TIME_TO_SEC TO_BASE64 TO_CHAR TO_DAYS \
     TO_SECONDS TRIM TRIM_ORACLE TRUNCATE UCASE UNCOMPRESS UNCOMPRESSED_LENGTH UNHEX UNIX_TIMESTAMP UPDATEXML \
     UPPER USER UTC_DATE UTC_TIME UTC_TIMESTAMP UUID UUID_SHORT UUID_TO_BIN UUID_V4 UUID_V7 \
     VALIDATE_PASSWORD_STRENGTH VALUE VALUES VARIANCE VAR_POP VAR_SAMP VECTOR_TO_STRING VEC_FROMTEXT \
     VEC_TOTEXT VERSION WAIT_FOR_EXECUTED_GTID_SET WEEK WEEKDAY WEEKOFYEAR WEIGHT_STRING WSREP_LAST_SEEN_GTID \
     WSREP_LAST_WRITTEN_GTID WSREP_SYNC_WAIT_UPTO_GTID XMLTYPE YEAR YEARWEEK";

/// Other words before which a parenthesis calls nothing; in their order.
const WORDS: &str = "ADD AGAINST ALL ALTER ANALYZE AND ANY AS ASC BETWEEN BIGINT BINARY BIT BLOB BY CASE CHARACTER COLLATE \
     COLUMN CONSTRAINT CREATE CROSS CUBE DATETIME DEC DECIMAL DELAYED DELETE DESC DISTINCT DISTINCTROW DIV DO \
     DOUBLE DUPLICATE ELSE END ENUM ESCAPE EXCEPT EXISTS EXPLAIN FILTER FIXED FLOAT FOR FORCE FOREIGN FROM \
     FULLTEXT GROUP GROUPS HAVING HIGH_PRIORITY IN INDEX INNER INT INTEGER INTERSECT INTO IS JOIN KEY LATERAL \
     LIKE LIMIT LOW_PRIORITY MEDIUMINT MEMBER MINUS NATURAL NCHAR NOT NULL NUMERIC NVARCHAR OF OFFSET ON \
     OPTION OR ORDER OUTER PARTITION PARTITIONS PRECISION PRIMARY PROCEDURE QUALIFY QUICK RANGE READ REAL \
     RECURSIVE REFERENCES REGEXP RETURNING RLIKE ROLLUP ROW ROWS SELECT SEPARATOR SET SIGNED SMALLINT SOME \
     SOUNDS SPATIAL SQL STRAIGHT_JOIN SYSTEM_TIME TABLE TEXT THEN TINYINT TO UNION UNIQUE UNSIGNED UPDATE USE \
     USING VARBINARY VARCHAR WHEN WHERE WHILE WINDOW WITH WITHIN XOR ZEROFILL";

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        called(text, Dialect::MySql).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_the_server_has_not_of_its_own_is_found() {
        for (text, expected) in [
            ("SELECT f()", &["f"][..]),
            ("SELECT a FROM t WHERE shop . `g` (1) = 2", &["shop.g"]),
            ("SET @a = `f`(1), @b = CONCAT('x', h (2))", &["f", "h"]),
            ("INSERT INTO t (a, b) SELECT NOW(), f(a) FROM u", &["f"]),
            ("INSERT INTO t (a) VALUES (f('('))", &["f"]),
            ("DO /*!50000 f() */", &["f"]),
            ("SELECT shop.sleep(1)", &["shop.sleep"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn what_calls_nothing_of_others_is_not() {
        for text in [
            "SELECT 1",
            "SELECT COUNT(*), COALESCE(a, MAX(b)) FROM t WHERE a IN (1, 2) AND EXISTS (SELECT 1) GROUP BY a",
            "INSERT INTO t (a) VALUES (1), (2) ON DUPLICATE KEY UPDATE a = VALUES(a)",
            "INSERT INTO f (a) SELECT 'f(1)' /* f(1) */",
            "DO SLEEP(1), RELEASE_LOCK('x')",
            "SELECT ROW_NUMBER() OVER (PARTITION BY a), CAST(a AS CHAR(3)), a = ANY (SELECT 1) FROM t USE INDEX (i)",
            "SELECT ST_AsText(g), JSON_VALUE(j, '$.a(1)') FROM t",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_lists_stand_in_their_order() {
        for list in [BUILT_IN, WORDS] {
            assert!(list.split_whitespace().is_sorted_by(|a, b| a < b));
        }
    }
}
