RENAME TABLE parents TO parents_old, parents_new TO parents;
