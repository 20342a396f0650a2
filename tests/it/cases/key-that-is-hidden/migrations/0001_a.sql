SET show_gipk_in_create_table_and_information_schema = 0;
DELETE FROM g WHERE a = 1;
UPDATE g SET b = 9;
ALTER TABLE g DROP b;
DROP TABLE g;
