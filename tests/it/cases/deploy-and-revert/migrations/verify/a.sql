-- Verify shop:a on mysql

SELECT id FROM a;
