PRAGMA user_version = 4;
CREATE TABLE u (x);
PRAGMA main.application_id(77);
BEGIN IMMEDIATE; PRAGMA user_version = 5; COMMIT;
