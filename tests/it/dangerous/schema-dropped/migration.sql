DROP DATABASE caribou_elsewhere;
