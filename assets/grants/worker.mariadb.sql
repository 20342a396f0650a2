-- Drives batches: everything in the schemas that it works in, and what freezing, ending connections and looking for
-- blockers need. It is the definer of the procedures when it installs the schema.
GRANT ALL ON {core.*} TO {account};
GRANT ALL ON {orchestration.*} TO {account};
GRANT ALL ON {ephemeral.*} TO {account};
GRANT ALL ON {undo.*} TO {account};
GRANT READ ONLY ADMIN, CONNECTION ADMIN, PROCESS ON *.* TO {account};
GRANT SELECT ON performance_schema.* TO {account};
