# Ends a private PostgreSQL and removes its folder, whatever becomes of the test that started it.
# Each line on standard input is the process to end, or empty for none; the end of input is the sign to do it: the test
# has closed the pipe, or the kernel did so for a test that was killed. $1 is the folder.
pid=
while read -r line; do pid=$line; done

if [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null; then # immediate shutdown: no checkpoint for data that is thrown away
	# Its pid file is the last that a server removes, so ten seconds while it is there and one without. The pid alone is
	# no sign: where nobody reaps orphans, it stays.
	tries=0
	while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
		[ -e "$1/data/postmaster.pid" ] || [ "$tries" -ge 90 ] || tries=90
		tries=$((tries + 1))
		sleep 0.1
	done
	kill -KILL "$pid" 2>/dev/null
fi

# A server that was killed leaves its pid file, and a shared memory segment that the file's seventh line names last.
segment=$(sed -n '7s/.* //p' "$1/data/postmaster.pid" 2>/dev/null)
[ -n "$segment" ] && ipcrm -m "$segment" 2>/dev/null

# Once more where a process that was just killed still wrote a file.
for _ in 1 2 3; do
	rm -rf "$1" && exit 0
	sleep 0.2
done
exit 1
