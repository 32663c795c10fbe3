#!/usr/bin/env bash
# Exports the books of the demo and has hledger, a program that knows nothing of Sanad, add up every balance again. The
# balance of each control account and of each party, so of each member, must be that of Sanad's own trial balance.
# Needs go and hledger. Prints what was compared; fails with the accounts that differ, or where nothing was compared.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v hledger >/dev/null || { echo "tests/hledger.sh needs hledger: apt-get install hledger" >&2; exit 1; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

go build -o "$tmp/sanad" .
go build -o "$tmp/compare" ./tests/hledger

"$tmp/sanad" demo --db "sqlite:$tmp/demo.db"
"$tmp/sanad" export --db "sqlite:$tmp/demo.db" --format hledger >"$tmp/books.journal"
"$tmp/sanad" trial-balance --db "sqlite:$tmp/demo.db" --format csv >"$tmp/controls.csv"
"$tmp/sanad" trial-balance --db "sqlite:$tmp/demo.db" --format csv --parties >"$tmp/parties.csv"

hledger -f "$tmp/books.journal" check
hledger -f "$tmp/books.journal" check --strict
echo "hledger check --strict: passed"

# Sorting by amount (-S) spares hledger 1.25 the sorting by declaration, which takes the square of the number of accounts.
balances=(hledger -f "$tmp/books.journal" bal --flat -N -E -S --layout bare -O csv)
"${balances[@]}" --depth 3 >"$tmp/controls-hledger.csv"
"${balances[@]}" >"$tmp/parties-hledger.csv"

failed=0
"$tmp/compare" "control accounts" "$tmp/controls-hledger.csv" "$tmp/controls.csv" || failed=1
"$tmp/compare" "accounts of parties" "$tmp/parties-hledger.csv" "$tmp/parties.csv" || failed=1
grep -q ',member:' "$tmp/parties.csv" || { echo "accounts of parties: no member compared" >&2; failed=1; }
exit "$failed"
