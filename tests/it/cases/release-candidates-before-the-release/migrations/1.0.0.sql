UPDATE hosts SET name = 'one' WHERE id = 1;
