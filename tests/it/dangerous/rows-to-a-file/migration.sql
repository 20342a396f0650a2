SELECT * INTO OUTFILE '/tmp/rows.csv' FROM t;
