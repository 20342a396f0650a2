//! Checks that a plan makes by itself, from the directory, from what has run, and from the backup that is configured:
//! no database is asked for them.

use super::definition::{Check, CheckFn};
use super::settings::CheckLevel::{Block, Warn};

pub(super) const OUT_OF_ORDER: Check = Check::pre("out_of_order", [Warn, Block], CheckFn::Plan).told(
    "No file comes before one that has run already, by its version.",
    "systems that have it and systems that are made anew run the same files in another order, and may end elsewhere",
    "give it a version behind the last one that has run; or let it pass where its order does not matter",
);

pub(super) const CHECKSUM_DRIFT: Check = Check::pre("checksum_drift", [Warn, Block], CheckFn::Plan).told(
    "No file that has run was edited since: its statements are those that ran.",
    "what stands here is not what the directory says, and a system that is made anew gets something else",
    "put the file back as it was, and write the change as a new migration; `caribou repair` where the text alone is another",
);

pub(super) const BACKUP_MISSING: Check = Check::pre("backup_missing", [Warn, Warn], CheckFn::Plan).told(
    "The backup of [backup] stands: its file, or a dump made for this plan, no older than backup.max_age (its command is \
     asked by the checklist).",
    "what an undo cannot bring back, as a lost disk or rows that nobody kept, only a backup does",
    "make it (`caribou backup`), or correct the path; `policy.checklist = \"require\"` lets nothing start without it",
);
