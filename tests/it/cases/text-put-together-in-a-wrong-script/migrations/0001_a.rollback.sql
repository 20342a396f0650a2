SET @q = (SELECT CONCAT('DELETE FROM ', table_name) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'nap');
PREPARE s FROM @q;
EXECUTE s;
SET @q = (SELECT CONCAT('ALTER TABLE ', table_name, ' DROP COLUMN note, DROP COLUMN old') FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'pet');
PREPARE s FROM @q;
EXECUTE s;
