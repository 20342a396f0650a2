SET character_set_results = latin1;
ALTER TABLE `té` ADD `ü` INT;
DELETE FROM `té` WHERE n = 'é';
SET NAMES latin1;
CREATE TABLE `né` (a INT);
SET NAMES utf8mb4;
DROP TABLE `té`;
