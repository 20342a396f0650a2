SET sql_mode = 'ORACLE';
UPDATE "t" SET "n" = 4 WHERE "id" = 1;
ALTER TABLE "t" ADD "y" INT;
SET sql_mode = 'MSSQL';
UPDATE [t] SET [n] = 5 WHERE [id] = 2;
ALTER TABLE [t] DROP COLUMN [n];
INSERT INTO [o] VALUES (1, 'a]b;c');
