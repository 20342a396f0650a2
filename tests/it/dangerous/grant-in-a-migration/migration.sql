GRANT SELECT ON t TO 'app'@'%';
