//! The operations of an `ALTER TABLE`.

use super::super::{AlterOperation as Op, Dialect, analyse};

#[test]
fn each_part_is_an_operation() {
    let s = |text: &str| text.to_owned();
    let cases: &[(&str, &[Op])] = &[
        ("ADD a INT, ADD COLUMN b INT AFTER a", &[Op::AddColumn { name: s("a") }, Op::AddColumn { name: s("b") }]),
        (
            "ADD (a INT DEFAULT (1 + 2), b DECIMAL(1,2), KEY k (a, b))",
            &[
                Op::AddColumn { name: s("a") },
                Op::AddColumn { name: s("b") },
                Op::AddIndex { name: Some(s("k")), unique: false },
            ],
        ),
        (
            "ADD COLUMN `key` ENUM('a,b', 'c)'), DROP `index`",
            &[Op::AddColumn { name: s("key") }, Op::DropColumn { name: s("index") }],
        ),
        (
            "ADD INDEX (a), ADD UNIQUE KEY u (a), ADD UNIQUE (b), ADD CONSTRAINT c UNIQUE (d)",
            &[
                Op::AddIndex { name: None, unique: false },
                Op::AddIndex { name: Some(s("u")), unique: true },
                Op::AddIndex { name: None, unique: true },
                Op::AddIndex { name: Some(s("c")), unique: true },
            ],
        ),
        (
            "ADD FULLTEXT INDEX f (a), ADD SPATIAL (b), ADD KEY k USING BTREE (c)",
            &[
                Op::AddIndex { name: Some(s("f")), unique: false },
                Op::AddIndex { name: None, unique: false },
                Op::AddIndex { name: Some(s("k")), unique: false },
            ],
        ),
        (
            "ADD PRIMARY KEY (a), DROP PRIMARY KEY, ADD CONSTRAINT p PRIMARY KEY (b)",
            &[Op::AddPrimaryKey, Op::DropPrimaryKey, Op::AddPrimaryKey],
        ),
        (
            "ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (a), ADD FOREIGN KEY (b) REFERENCES q (b), DROP FOREIGN KEY g",
            &[
                Op::AddForeignKey { name: Some(s("f")) },
                Op::AddForeignKey { name: None },
                Op::DropForeignKey { name: s("g") },
            ],
        ),
        (
            "ADD CONSTRAINT c CHECK (a > 0 AND b IN (1, 2)), DROP CHECK d, DROP CONSTRAINT e",
            &[
                Op::AddCheck { name: Some(s("c")) },
                Op::DropConstraint { name: s("d") },
                Op::DropConstraint { name: s("e") },
            ],
        ),
        (
            "DROP COLUMN a, DROP KEY b, DROP INDEX `c`",
            &[Op::DropColumn { name: s("a") }, Op::DropIndex { name: s("b") }, Op::DropIndex { name: s("c") }],
        ),
        (
            "MODIFY a BIGINT NOT NULL, CHANGE COLUMN b c INT, RENAME COLUMN d TO e, RENAME KEY f TO g",
            &[
                Op::ModifyColumn { name: s("a") },
                Op::ChangeColumn { from: s("b"), to: s("c") },
                Op::RenameColumn { from: s("d"), to: s("e") },
                Op::RenameIndex { from: s("f"), to: s("g") },
            ],
        ),
        (
            "ALTER a SET DEFAULT 1, ALTER COLUMN b DROP DEFAULT, ALTER INDEX i INVISIBLE",
            &[Op::SetDefault { name: s("a") }, Op::DropDefault { name: s("b") }, Op::IndexVisibility { name: s("i") }],
        ),
        (
            "ENGINE=InnoDB ROW_FORMAT=DYNAMIC, AUTO_INCREMENT = 5",
            &[Op::Engine { name: s("InnoDB") }, Op::Option { name: s("ROW_FORMAT") }, Op::AutoIncrement],
        ),
        ("CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", &[Op::ConvertCharset]),
        ("DEFAULT CHARACTER SET = utf8mb4", &[Op::DefaultCharset]),
        (
            "DEFAULT CHARSET=utf8, COLLATE utf8_bin, CHARACTER SET utf8",
            &[Op::DefaultCharset, Op::DefaultCharset, Op::DefaultCharset],
        ),
        ("ADD PARTITION (PARTITION p VALUES LESS THAN (5))", &[Op::Partition { action: s("ADD") }]),
        ("DROP PARTITION p0, p1", &[Op::Partition { action: s("DROP") }]),
        ("PARTITION BY HASH (a) PARTITIONS 4", &[Op::Partition { action: s("BY") }]),
        ("REMOVE PARTITIONING", &[Op::Partition { action: s("REMOVE") }]),
        ("TRUNCATE PARTITION ALL", &[Op::Partition { action: s("TRUNCATE") }]),
        (
            "ADD a INT, ALGORITHM=INPLACE, LOCK=NONE",
            &[Op::AddColumn { name: s("a") }, Op::Modifier { name: s("ALGORITHM") }, Op::Modifier { name: s("LOCK") }],
        ),
        ("FORCE", &[Op::Force]),
        ("ORDER BY a", &[Op::OrderBy]),
        ("DISABLE KEYS", &[Op::Upkeep { what: s("DISABLE KEYS") }]),
        ("COMMENT 'x'", &[Op::Option { name: s("COMMENT") }]),
        ("RENAME AS u", &[Op::RenameTo { schema: None, name: s("u") }]),
        ("FROBNICATE 1, ADD a INT", &[Op::Unknown { text: s("FROBNICATE") }, Op::AddColumn { name: s("a") }]),
    ];
    for (tail, operations) in cases {
        let analysis = analyse(&format!("ALTER TABLE t {tail}"), Dialect::MySql);
        assert_eq!(analysis.operations, *operations, "{tail}");
    }
}
