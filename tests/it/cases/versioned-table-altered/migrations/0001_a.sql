SET system_versioning_alter_history = KEEP;
ALTER TABLE t ADD x INT DEFAULT 5;
ALTER TABLE t ADD KEY kx (x);
