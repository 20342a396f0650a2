//! The operations of an `ALTER TABLE`.

use serde::{Deserialize, Serialize};

/// One operation of an `ALTER TABLE`, names unquoted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum AlterOperation {
    /// `ADD [COLUMN] name …`; one entry per column of a parenthesised list.
    AddColumn {
        /// The column.
        name: String,
    },
    /// `DROP [COLUMN] name`.
    DropColumn {
        /// The column.
        name: String,
    },
    /// `MODIFY [COLUMN] name …`.
    ModifyColumn {
        /// The column.
        name: String,
    },
    /// `CHANGE [COLUMN] from to …`: may rename and redefine at once.
    ChangeColumn {
        /// Name before.
        from: String,
        /// Name after.
        to: String,
    },
    /// `RENAME [COLUMN] from TO to`.
    RenameColumn {
        /// Name before.
        from: String,
        /// Name after.
        to: String,
    },
    /// `ALTER [COLUMN] name SET DEFAULT …`.
    SetDefault {
        /// The column.
        name: String,
    },
    /// `ALTER [COLUMN] name DROP DEFAULT`.
    DropDefault {
        /// The column.
        name: String,
    },
    /// `ALTER [COLUMN] name SET VISIBLE|INVISIBLE`.
    ColumnVisibility {
        /// The column.
        name: String,
    },
    /// `ADD INDEX|KEY|UNIQUE|FULLTEXT|SPATIAL`.
    AddIndex {
        /// The index; the server picks one if absent.
        name: Option<String>,
        /// `UNIQUE`.
        unique: bool,
    },
    /// `DROP INDEX|KEY name`.
    DropIndex {
        /// The index.
        name: String,
    },
    /// `RENAME INDEX|KEY from TO to`.
    RenameIndex {
        /// Name before.
        from: String,
        /// Name after.
        to: String,
    },
    /// `ALTER INDEX name VISIBLE|INVISIBLE|[NOT] IGNORED`.
    IndexVisibility {
        /// The index.
        name: String,
    },
    /// `ADD [CONSTRAINT …] PRIMARY KEY`.
    AddPrimaryKey,
    /// `DROP PRIMARY KEY`.
    DropPrimaryKey,
    /// `ADD [CONSTRAINT name] FOREIGN KEY …`.
    AddForeignKey {
        /// The constraint's name; the server picks one if absent.
        name: Option<String>,
    },
    /// `DROP FOREIGN KEY name`.
    DropForeignKey {
        /// The constraint.
        name: String,
    },
    /// `ADD [CONSTRAINT name] CHECK (…)`.
    AddCheck {
        /// The constraint's name; the server picks one if absent.
        name: Option<String>,
    },
    /// `DROP CONSTRAINT name`, `DROP CHECK name`.
    DropConstraint {
        /// The constraint.
        name: String,
    },
    /// `ALTER CONSTRAINT|CHECK name …`.
    AlterConstraint {
        /// The constraint.
        name: String,
    },
    /// `RENAME [TO|AS] name`.
    RenameTo {
        /// The schema, if written.
        schema: Option<String>,
        /// The new name.
        name: String,
    },
    /// `ENGINE = x`.
    Engine {
        /// The engine as written.
        name: String,
    },
    /// `CONVERT TO CHARACTER SET …`: rewrites every text column.
    ConvertCharset,
    /// `[DEFAULT] CHARACTER SET`, `COLLATE`: only for columns to come.
    DefaultCharset,
    /// `AUTO_INCREMENT = n`.
    AutoIncrement,
    /// `ROW_FORMAT`, `COMMENT`, `STATS_…` and other table options.
    Option {
        /// The option, upper case.
        name: String,
    },
    /// `ADD|DROP|TRUNCATE|REORGANIZE|EXCHANGE … PARTITION`, `PARTITION BY`, `REMOVE PARTITIONING`.
    Partition {
        /// The verb, upper case: `ADD`, `DROP`, `BY`, …
        action: String,
    },
    /// `FORCE`: rebuild.
    Force,
    /// `ORDER BY`: rewrites the rows in that order.
    OrderBy,
    /// `ADD|DROP SYSTEM VERSIONING`, `ADD|DROP PERIOD FOR` (MariaDB).
    Versioning {
        /// `ADD` or `DROP`.
        action: String,
    },
    /// `ENABLE|DISABLE KEYS`, `DISCARD|IMPORT TABLESPACE`.
    Upkeep {
        /// The first two words, upper case.
        what: String,
    },
    /// `ALGORITHM =`, `LOCK =`, `WAIT`, `NOWAIT`, `VALIDATION`: how, not what.
    Modifier {
        /// The word, upper case.
        name: String,
    },
    /// Not recognised.
    Unknown {
        /// Its first tokens.
        text: String,
    },
}
