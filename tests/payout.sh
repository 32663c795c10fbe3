#!/usr/bin/env bash
# Pays many while the workers are killed again and again, and compares the rail's own list with the books:
#
#   tests/payout.sh [--rail sandbox|gsma] [sqlite|postgres|both] [BENEFICIARIES, 10000] [KILLS, 20] [SEED]
#
# The sandbox rail loses one answer in ten after it has paid, loses and delays orders, refuses, returns, calls back twice
# and out of order, and dies with the worker that it runs in. The operator behind the GSMA rail is down, cuts calls, loses
# one answer in ten after it has paid, pays late, refuses, takes back, and calls back twice or never. Each beneficiary must
# be paid once, and the books and the rail's list must agree to the unit. The work is done by payout_test.go, which
# `go test ./...` runs with fewer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
	echo "usage: tests/payout.sh [--rail sandbox|gsma] [sqlite|postgres|both] [beneficiaries] [kills] [seed]" >&2
	exit 2
}

rail=sandbox
if [ "${1:-}" = --rail ]; then
	rail=${2:-}
	shift 2 || usage
fi
case $rail in
sandbox) test=TestEachBeneficiaryIsPaidOnce flag=payout ;;
gsma) test=TestEachBeneficiaryIsPaidOnceByAnOperator flag=payout.operator ;;
*) usage ;;
esac
case ${1:-both} in
sqlite) engine='^SQLite$' ;;
postgres) engine='^PostgreSQL$' ;;
both) engine='.' ;;
*) usage ;;
esac

export SANAD_REQUIRE_POSTGRES=1 # A missing server fails.
exec go test ./tests -count=1 -v -timeout 60m -run "^$test\$/$engine" \
	"-$flag.count" "${2:-10000}" "-$flag.kills" "${3:-20}" -payout.seed "${4:-0}"
