package sqlstore

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
)

// encodePostings writes [[code, net] or [code, net, party, scheme], …]: names are of an alphabet that JSON leaves as
// it is, so nothing is escaped.
func encodePostings(e ledger.Entry, scheme ledger.SchemeCode) string {
	text := make([]byte, 0, 32*len(e.Postings))
	text = append(text, '[')
	for i, p := range e.Postings {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '[')
		text = strconv.AppendInt(text, int64(p.Account.Code), 10)
		text = append(text, ',')
		text = strconv.AppendInt(text, p.Net(), 10)
		if p.Account.Party != e.Party || p.Account.Scheme != scheme {
			text = append(append(append(text, `,"`...), p.Account.Party...), `","`...)
			text = append(append(text, p.Account.Scheme...), '"')
		}
		text = append(text, ']')
	}
	return string(append(text, ']'))
}

// schemeOf is the scheme that most postings of the entry belong to: that of the last one.
func schemeOf(e ledger.Entry) ledger.SchemeCode { return e.Postings[len(e.Postings)-1].Account.Scheme }

// decodePostings reads what encodePostings has written. All entries come through here, so it is cut by hand.
func decodePostings(text string, party ledger.Party, scheme ledger.SchemeCode, currency ledger.Currency) ([]ledger.Posting, error) {
	rest, ok := strings.CutPrefix(text, "[")
	rest, closed := strings.CutSuffix(rest, "]")
	if !ok || !closed {
		return nil, fmt.Errorf("postings of an entry are not a list")
	}
	postings := make([]ledger.Posting, 0, strings.Count(rest, "["))
	for rest != "" {
		var line string
		line, rest, ok = strings.Cut(rest, "]")
		account := ledger.Account{Party: party, Scheme: scheme, Currency: currency}
		net, err := decodePosting(line, &account)
		if err != nil || !ok {
			return nil, fmt.Errorf("postings of an entry: a line is neither [code, net] nor [code, net, party, scheme]")
		}
		postings = append(postings, ledger.Posting{Account: account, Debit: max(net, 0), Credit: max(-net, 0)})
		rest = strings.TrimPrefix(rest, ",")
	}
	return postings, nil
}

// decodePosting reads [code,net or [code,net,"party","scheme" without its last bracket: the account, where it is named,
// and what is posted to it.
func decodePosting(line string, account *ledger.Account) (net int64, err error) {
	line, ok := strings.CutPrefix(line, "[")
	code, line, also := strings.Cut(line, ",")
	amount, names, named := strings.Cut(line, ",")
	if named {
		party, scheme, _ := strings.Cut(names, ",")
		var isParty, isScheme bool
		party, isParty = unquoted(party)
		scheme, isScheme = unquoted(scheme)
		account.Party, account.Scheme, also = ledger.Party(party), ledger.SchemeCode(scheme), also && isParty && isScheme
	}
	if !ok || !also {
		return 0, ledger.ErrInvalid
	}
	n, err := strconv.ParseInt(code, 10, 32)
	if err != nil {
		return 0, err
	}
	account.Code = ledger.Code(n)
	return strconv.ParseInt(amount, 10, 64)
}

// unquoted is a name without the quotes that it stands in; false where it stands in none.
func unquoted(text string) (string, bool) {
	name, opened := strings.CutPrefix(text, `"`)
	name, closed := strings.CutSuffix(name, `"`)
	return name, opened && closed
}

// encodeBalances writes [[code, scheme, currency, net], …].
func encodeBalances(balances ledger.Balances) string {
	text := make([]byte, 0, 32*len(balances)+2)
	text = append(text, '[')
	for i, b := range balances {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '[')
		text = strconv.AppendInt(text, int64(b.Account.Code), 10)
		text = append(append(append(text, `,"`...), b.Account.Scheme...), `","`...)
		text = append(append(text, b.Account.Currency...), `",`...)
		text = strconv.AppendInt(text, b.Net, 10)
		text = append(text, ']')
	}
	return string(append(text, ']'))
}

// decodeBalances reads what encodeBalances has written. It is read for each member of each batch, so it is cut by hand.
func decodeBalances(party ledger.Party, text string) (ledger.Balances, error) {
	rest, ok := strings.CutPrefix(text, "[")
	rest, closed := strings.CutSuffix(rest, "]")
	if !ok || !closed {
		return nil, fmt.Errorf("balances of %s are not a list", party)
	}
	var balances ledger.Balances
	for rest != "" {
		var line string
		line, rest, ok = strings.Cut(rest, "]")
		b, err := decodeBalance(party, line)
		if err != nil || !ok {
			return nil, fmt.Errorf("balances of %s: a line is not [code, scheme, currency, net]", party)
		}
		balances = append(balances, b)
		rest = strings.TrimPrefix(rest, ",")
	}
	return balances, nil
}

// decodeBalance reads [code,"scheme","currency",net without its last bracket.
func decodeBalance(party ledger.Party, line string) (ledger.Balance, error) {
	fields := strings.SplitN(strings.TrimPrefix(line, "["), ",", 5)
	if len(fields) != 4 {
		return ledger.Balance{}, ledger.ErrInvalid
	}
	code, err := strconv.ParseInt(fields[0], 10, 32)
	if err != nil {
		return ledger.Balance{}, err
	}
	net, err := strconv.ParseInt(fields[3], 10, 64)
	return ledger.Balance{Account: ledger.Account{
		Code: ledger.Code(code), Party: party,
		Scheme: ledger.SchemeCode(strings.Trim(fields[1], `"`)), Currency: ledger.Currency(strings.Trim(fields[2], `"`)),
	}, Net: net}, err
}

// entryColumns are those of every query that reads entries, from a table called e. All that is text comes as one: a column
// costs more to read than what is in it, and some hundred entries are read to say who is covered. The reason comes last: it
// may bear a label that somebody sent, and whatever stands in it is the reason's.
const entryColumns = ` e.party || '` + between + `' || e.kind || '` + between + `' || e.scheme || '` + between + `' || e.currency || '` + between +
	`' || e.postings || '` + between + `' || e.reason, e.value_on, e.booked_on, e.recorded_at, e.id, e.undoes, e.fingerprint `

// between stands between texts; no party, kind, scheme, currency or list of postings has it.
const between = "\x1f"

func scanEntry(row sqldb.Scanner) (ledger.Entry, error) {
	var e ledger.Entry
	var id, undoes, fingerprint []byte
	var recordedAt int64
	var names string
	if err := row.Scan(&names, &e.ValueOn, &e.BookedOn, &recordedAt, &id, &undoes, &fingerprint); err != nil {
		return ledger.Entry{}, err
	}
	party, names, _ := strings.Cut(names, between)
	kind, names, _ := strings.Cut(names, between)
	scheme, names, _ := strings.Cut(names, between)
	currency, names, _ := strings.Cut(names, between)
	postings, reason, _ := strings.Cut(names, between)
	e.Party, e.Kind, e.Reason = ledger.Party(party), ledger.Kind(kind), reason
	e.RecordedAt = time.UnixMicro(recordedAt).UTC()
	copy(e.ID[:], id)
	copy(e.Undoes[:], undoes)
	copy(e.Fingerprint[:], fingerprint)
	var err error
	e.Postings, err = decodePostings(postings, e.Party, ledger.SchemeCode(scheme), ledger.Currency(currency))
	return e, err
}
