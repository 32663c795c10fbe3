#!/usr/bin/env bash
# Kills Sanad in the middle of a stream, again and again, and looks for what it had acknowledged:
#
#   tests/crash.sh [sqlite|postgres|both] [ROUNDS, 20] [SEED]
#
# In each round a client streams a collector's day and writes down each acknowledgement as it comes, until the server is
# killed with SIGKILL; on PostgreSQL, every second round, all of the database's processes too. At the end `sanad post`
# posts the whole day again. Nothing acknowledged may be missing, nothing be booked twice, and `sanad verify` must find
# the books clean. The work is done by crash_test.go, which `go test ./...` runs with fewer rounds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-both} in
sqlite) engine='^SQLite$' ;;
postgres) engine='^PostgreSQL$' ;;
both) engine='.' ;;
*)
	echo "usage: tests/crash.sh [sqlite|postgres|both] [rounds] [seed]" >&2
	exit 2
	;;
esac
rounds=${2:-20}

export SANAD_REQUIRE_POSTGRES=1 # A missing server fails.
exec go test ./tests -count=1 -v -timeout "$((rounds * 2 + 20))m" \
	-run "^TestWhatWasAcknowledgedSurvivesKill\$/$engine" -crash.rounds "$rounds" -crash.seed "${3:-0}"
