SELECT column_name INTO @gone FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'pet' AND column_name = 'old';
EXECUTE IMMEDIATE CONCAT('ALTER TABLE pet DROP COLUMN ', @gone);
EXECUTE IMMEDIATE CONCAT('UPDATE pet SET kind = ? WHERE id = ', IF(1 = 1, '1', '2')) USING 'tom';
SELECT table_name INTO @t FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'nap';
PREPARE s FROM CONCAT('TRUNCATE ', @t);
EXECUTE s;
