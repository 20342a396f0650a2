-- caribou: type=module module=reports requires=0006_encounters
CREATE VIEW reports_herd_today AS
SELECT herd.name, count(*) AS animals, round(avg(animal.weight), 1) AS mean_weight
FROM herd JOIN animal ON animal.herd_id = herd.id
GROUP BY herd.id;

CREATE VIEW reports_furthest AS
SELECT collar_id, round(sum(kilometres)) AS kilometres FROM distance GROUP BY collar_id ORDER BY kilometres DESC;

CREATE VIEW reports_companions AS
SELECT one, other, sum(hours) AS hours FROM encounter GROUP BY one, other ORDER BY hours DESC;
