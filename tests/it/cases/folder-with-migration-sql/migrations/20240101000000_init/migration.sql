-- CreateTable
CREATE TABLE `a` (
    `id` INTEGER NOT NULL,
    PRIMARY KEY (`id`)
);
