-- caribou: requires=0002_animals
-- Whole kilograms will do. No script can know the decimals again, so there is none: the rows are kept before they change.
UPDATE animal SET weight = round(weight) WHERE weight <> round(weight);
