DELETE FROM pet WHERE id = 4;
UPDATE pet SET kind = 'cat' WHERE id = 1;
UPDATE log AS l JOIN pet p ON p.id = l.id SET l.note = CONCAT(p.kind, '!');
DELETE a FROM nap AS a, log AS b WHERE a.n = b.id AND b.id IN (SELECT x.id FROM log x WHERE x.note LIKE '%!');
DELETE FROM q USING log AS q JOIN nap AS n ON n.n = q.id;
