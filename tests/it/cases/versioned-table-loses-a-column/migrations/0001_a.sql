SET system_versioning_alter_history = KEEP;
ALTER TABLE t DROP n;
