SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');
INSERT INTO "o" VALUES (1, 'a;b');
UPDATE "t" SET "n" = 4;
SET sql_mode = REPLACE(@@sql_mode, 'ANSI_QUOTES', '');
UPDATE t SET n = 3 WHERE id = 1 AND "x;y" = 'x;y';
