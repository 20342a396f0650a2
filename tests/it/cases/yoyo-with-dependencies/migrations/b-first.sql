-- transactional: false
CREATE TABLE a (id INT PRIMARY KEY);
