UPDATE pet SET kind = 'bird' WHERE id = 1;
