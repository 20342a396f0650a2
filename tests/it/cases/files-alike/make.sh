n=1
for name in a1 A1 á1 'a1 ' ａ1 ſ1 s1; do
    echo "INSERT INTO t VALUES ($n, 0); UPDATE t SET a = a + $n WHERE id = 100;" > "$name.sql"
    n=$((n + 1))
done
