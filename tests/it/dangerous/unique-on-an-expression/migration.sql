CREATE UNIQUE INDEX u ON t (lower(a));
