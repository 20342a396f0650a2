//! `ALTER TABLE`: options, engines, partitions, and what changes no definition.

use super::case::{BOTH, Case, Expect::*, MARIADB, MYSQL, case, run_table};
use crate::support::{Fresh, on_both_servers};

const T: &[&str] = &[
    "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20)) COMMENT 'it''s; old'",
    "INSERT INTO t VALUES (1, 1, 'b'), (20, 2, 'c')",
];
const MYISAM: &[&str] =
    &["CREATE TABLE t (id INT PRIMARY KEY, a INT) ENGINE=MyISAM CHECKSUM=1 DELAY_KEY_WRITE=1 ROW_FORMAT=FIXED"];
const RANGES: &[&str] = &[
    "CREATE TABLE t (id INT PRIMARY KEY, a INT) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10) COMMENT 'x', PARTITION p1 VALUES LESS THAN (20))",
    "INSERT INTO t VALUES (1, 1), (15, 2)",
];
const EXCHANGE: &[&str] = &[
    "CREATE TABLE t (id INT PRIMARY KEY, a INT) PARTITION BY HASH (id) (PARTITION p0, PARTITION p1)",
    "CREATE TABLE x (id INT PRIMARY KEY, a INT)",
];
const VERSIONED: &[&str] = &["CREATE TABLE t (id INT PRIMARY KEY, a INT) WITH SYSTEM VERSIONING"];

const CASES: &[Case] = &[
    case(BOTH, T, "ALTER TABLE t COMMENT 'new'", Back),
    case(BOTH, T, "ALTER TABLE t COMMENT ''", Back),
    case(BOTH, T, "ALTER TABLE t ROW_FORMAT=COMPRESSED, KEY_BLOCK_SIZE=8", Back),
    case(
        BOTH,
        T,
        "ALTER TABLE t STATS_PERSISTENT=1, STATS_AUTO_RECALC=0, STATS_SAMPLE_PAGES=7, MAX_ROWS=9, MIN_ROWS=2, AVG_ROW_LENGTH=30, PACK_KEYS=1",
        Back,
    ),
    case(BOTH, T, "ALTER TABLE t ENGINE=MyISAM", Back),
    case(BOTH, MYISAM, "ALTER TABLE t ENGINE=InnoDB, ROW_FORMAT=DYNAMIC, CHECKSUM=0, DELAY_KEY_WRITE=0", Back),
    case(BOTH, MYISAM, "ALTER TABLE t DISABLE KEYS", Back),
    case(BOTH, MYISAM, "DROP TABLE t", Lost(&["rows t"])),
    case(BOTH, T, "ALTER TABLE t ENGINE=InnoDB", Back),
    case(BOTH, T, "ALTER TABLE t FORCE", Back),
    case(BOTH, T, "ALTER TABLE t ORDER BY a", Back),
    case(BOTH, T, "ALTER TABLE t AUTO_INCREMENT=99", Back),
    case(BOTH, T, "ALTER TABLE t ADD n INT, ALGORITHM=INPLACE, LOCK=NONE", Back),
    case(BOTH, T, "TRUNCATE TABLE t", Lost(&["rows t"])),
    case(MARIADB, T, "ALTER TABLE t PAGE_COMPRESSED=1", Back),
    case(MARIADB, T, "ALTER TABLE t TRANSACTIONAL=1", Back),
    case(MARIADB, T, "ALTER IGNORE TABLE t ADD UNIQUE (a)", Lost(&["rows t"])),
    case(MYSQL, T, "ALTER TABLE t COMPRESSION='zlib'", None("COMPRESSION")),
    // Partitions.
    case(BOTH, T, "ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 3", Back),
    case(
        BOTH,
        T,
        "ALTER TABLE t ADD n INT PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION pm VALUES LESS THAN MAXVALUE)",
        Back,
    ),
    case(BOTH, RANGES, "ALTER TABLE t ADD PARTITION (PARTITION p2 VALUES LESS THAN (30))", Back),
    case(BOTH, RANGES, "ALTER TABLE t DROP PARTITION p0", Lost(&["rows t"])),
    case(BOTH, RANGES, "ALTER TABLE t TRUNCATE PARTITION p0", Lost(&["rows t"])),
    case(
        BOTH,
        RANGES,
        "ALTER TABLE t REORGANIZE PARTITION p0 INTO (PARTITION a VALUES LESS THAN (5), PARTITION b VALUES LESS THAN (10))",
        Back,
    ),
    case(BOTH, RANGES, "ALTER TABLE t REMOVE PARTITIONING", Back),
    case(BOTH, RANGES, "ALTER TABLE t MODIFY a BIGINT, ADD KEY (a)", Back),
    case(BOTH, RANGES, "ALTER TABLE t DROP a PARTITION BY KEY () PARTITIONS 2", Lost(&["column t.a"])),
    case(BOTH, RANGES, "DROP TABLE t", Lost(&["rows t"])),
    case(BOTH, EXCHANGE, "ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE x", None("went from one table to another")),
    // What the servers keep to themselves.
    case(BOTH, T, "ALTER TABLE t DISCARD TABLESPACE", None("tablespace")),
    case(MARIADB, T, "ALTER TABLE t ADD SYSTEM VERSIONING", None("old versions")),
    case(MARIADB, VERSIONED, "ALTER TABLE t DROP SYSTEM VERSIONING", None("old versions")),
    case(MARIADB, VERSIONED, "DROP TABLE t", Lost(&["rows t"])),
    case(
        MARIADB,
        &["CREATE TABLE t (id INT, a DATE, b DATE, PERIOD FOR p (a, b), UNIQUE u (id, p WITHOUT OVERLAPS))"],
        "DROP TABLE t",
        Lost(&["rows t"]),
    ),
];

async fn options_and_partitions_come_back(fresh: Fresh) {
    run_table(&fresh, CASES).await;
}

on_both_servers!(options_and_partitions_come_back);
