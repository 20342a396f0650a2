-- Runs the files: core, what keeping needs in the undo schema, and receipts; nothing else of ours can it read or write.
-- The last line lets files run while the system is frozen; without it a freeze is only advisory.
GRANT ALL ON {core.*} TO {account};
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, LOCK TABLES ON {undo.*} TO {account};
GRANT SELECT, INSERT ON {orchestration.migration_receipts} TO {account};
GRANT READ ONLY ADMIN ON *.* TO {account};
