SET sql_generate_invisible_primary_key = 1;
CREATE TABLE g (a INT, b INT);
INSERT INTO g VALUES (1,1),(1,1),(2,2);
