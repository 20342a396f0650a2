CREATE TABLE `a` (
	`id` integer PRIMARY KEY
);
--> statement-breakpoint
CREATE TABLE `b` (
	`id` integer PRIMARY KEY
);--> statement-breakpoint
CREATE INDEX `ix` ON `a` (`id`);
