SET sql_mode = (SELECT v FROM m);
INSERT INTO o VALUES (1, 'plain');
UPDATE "o" SET v = 'a';
