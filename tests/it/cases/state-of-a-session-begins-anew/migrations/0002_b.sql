INSERT INTO o VALUES (2, LAST_INSERT_ID()), (3, COALESCE(@x, 'none'));
INSERT INTO o VALUES (4, @@warning_count);
