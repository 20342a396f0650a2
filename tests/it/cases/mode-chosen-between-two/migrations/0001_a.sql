SET @mode = '';
SELECT IF(VERSION() LIKE '%Maria%', 'NO_AUTO_CREATE_USER,STRICT_ALL_TABLES', 'STRICT_ALL_TABLES') INTO @mode;
SET SESSION sql_mode = @mode;
CREATE TABLE t (a VARCHAR(20) DEFAULT "it's; not the end", b INT);
INSERT INTO t (b) VALUES (1);
SET sql_mode = CASE WHEN @@version_comment = '' THEN 'ANSI' ELSE 'ANSI_QUOTES' END;
CREATE TABLE "u;v" (a INT);
