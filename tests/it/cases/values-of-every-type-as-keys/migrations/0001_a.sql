UPDATE w SET v = v + 100;
DELETE FROM w WHERE v % 2 = 0;
UPDATE n SET k = upper(k), v = v + 1;
DELETE FROM n WHERE k = 'b';
UPDATE w SET k = k || 'x' WHERE typeof(k) = 'integer';
