SELECT f();
SET @a = h();
DO `f`();
INSERT INTO u VALUES (1, f());
SELECT g(), IFNULL(NULL, 1);
DO g();
