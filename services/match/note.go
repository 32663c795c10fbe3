package match

import (
	"encoding/binary"
	"errors"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// The formats of a note, its first byte: of one without accounts, as notes were before there were any and as most are,
// and of one whose months name accounts. One of another format is made anew from the entries.
const (
	noteFormat     = 2
	noteOfAccounts = 3
)

// errNote: a note is not what this package writes.
var errNote = errors.New("the note beside a member's balances can't be read")

// payerKinds are the kinds by the byte that stands for each; what was added stays at its place.
var payerKinds = []insurance.PayerKind{"", insurance.PayerSelf, insurance.PayerFamily, insurance.PayerSponsor, insurance.PayerCooperative}

// Positions reads the note that is kept beside a member's balances; none for an empty one.
func Positions(note []byte) ([]Position, error) { return decode(note) }

// source is where grants come from and go to: many periods have the same.
type source struct {
	line Line
	pot  ledger.Code
}

// encode writes positions as numbers and short names.
func encode(positions []Position) []byte {
	if len(positions) == 0 {
		return nil
	}
	b := make([]byte, 1, 128)
	accounts := slices.ContainsFunc(positions, Position.namesAccounts)
	if b[0] = noteFormat; accounts {
		b[0] = noteOfAccounts
	}
	b = binary.AppendUvarint(b, uint64(len(positions)))
	for i := range positions {
		p := &positions[i]
		sources := sourcesOf(p)
		b = appendText(b, string(p.Scheme))
		b = appendMonths(b, p.Months, accounts)
		b = appendSources(b, sources)
		b = appendHeld(b, p.Held, sources)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendMonths(b []byte, months []Month, accounts bool) []byte {
	b = binary.AppendUvarint(b, uint64(len(months)))
	for _, m := range months {
		b = binary.AppendUvarint(b, uint64(m.Period))
		b = append(b, byte(max(0, slices.Index(payerKinds, m.Payer))))
		b = binary.AppendVarint(b, m.Minor)
		b = binary.AppendVarint(b, int64(m.Count))
		if accounts {
			b = appendText(b, string(m.Account))
		}
	}
	return b
}

// namesAccounts says whether anything was given for a named account.
func (p Position) namesAccounts() bool {
	return slices.ContainsFunc(p.Months, func(m Month) bool { return m.Account != "" })
}

// sourcesOf are the sources of all grants of a position, each once, and the lines that anything is unmet on.
func sourcesOf(p *Position) []source {
	var all []source
	note := func(s source) {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	for i := range p.Held {
		h := &p.Held[i]
		for _, g := range h.Grants {
			note(source{g.Line, g.Pot})
		}
		if h.Unmet != 0 {
			note(source{line: h.UnmetOn})
		}
	}
	return all
}

func appendSources(b []byte, sources []source) []byte {
	b = binary.AppendUvarint(b, uint64(len(sources)))
	for _, s := range sources {
		b = appendText(b, string(s.line.Funder))
		b = binary.AppendUvarint(b, uint64(s.line.Year))
		b = append(b, bit(s.line.Prior))
		b = binary.AppendUvarint(b, uint64(s.pot))
	}
	return b
}

func bit(set bool) byte {
	if set {
		return 1
	}
	return 0
}

func appendHeld(b []byte, held []Held, sources []source) []byte {
	b = binary.AppendUvarint(b, uint64(len(held)))
	for i := range held {
		h := &held[i]
		b = appendText(b, h.Subsidy)
		b = binary.AppendUvarint(b, uint64(h.Start))
		for _, n := range []int64{h.Due, int64(h.Version), int64(h.Moves), h.Unmet} {
			b = binary.AppendVarint(b, n)
		}
		if h.Unmet != 0 {
			b = binary.AppendUvarint(b, uint64(slices.Index(sources, source{line: h.UnmetOn})))
		}
		b = binary.AppendUvarint(b, uint64(len(h.Grants)))
		for _, g := range h.Grants {
			b = binary.AppendUvarint(b, uint64(slices.Index(sources, source{g.Line, g.Pot})))
			b = binary.AppendVarint(b, g.Minor)
			b = append(b, bit(g.Head))
		}
	}
	return b
}

// decode reads what encode wrote; nothing for an empty note.
func decode(note []byte) ([]Position, error) {
	if len(note) == 0 {
		return nil, nil
	}
	r := &reader{rest: note[1:], bad: note[0] != noteFormat && note[0] != noteOfAccounts, accounts: note[0] == noteOfAccounts}
	positions := make([]Position, 0, 1)
	for range r.count() {
		p := Position{Scheme: ledger.SchemeCode(r.text())}
		p.Months = r.months()
		p.Held = r.held(r.sources())
		positions = append(positions, p)
	}
	if r.bad || len(r.rest) > 0 {
		return nil, errNote
	}
	return positions, nil
}

// reader takes numbers and names off a note; bad says that it was not what was expected.
type reader struct {
	rest []byte
	bad  bool
	// accounts says that months name accounts.
	accounts bool
	// last is the text that was read last: often the next is the same.
	last string
}

func (r *reader) months() []Month {
	n := r.count()
	months := make([]Month, 0, n+1)
	for range n {
		m := Month{Period: ledger.Period(r.unsigned()), Payer: r.payer(), Minor: r.signed(), Count: int(r.signed())}
		if r.accounts {
			m.Account = insurance.AccountLabel(r.text())
		}
		months = append(months, m)
	}
	return months
}

func (r *reader) sources() []source {
	n := r.count()
	sources := make([]source, 0, n)
	for range n {
		line := Line{Funder: insurance.FunderID(r.text()), Year: int(r.unsigned()), Prior: r.flag()}
		sources = append(sources, source{line, ledger.Code(r.unsigned())})
	}
	return sources
}

func (r *reader) held(sources []source) []Held {
	n := r.count()
	held := make([]Held, 0, n+1)
	for range n {
		h := Held{Subsidy: r.text(), Start: ledger.Date(r.unsigned()), Due: r.signed(), Version: int(r.signed()), Moves: int(r.signed())}
		if h.Unmet = r.signed(); h.Unmet != 0 {
			h.UnmetOn = r.source(sources).line
		}
		for range r.count() {
			s := r.source(sources)
			h.Grants = append(h.Grants, Granted{Line: s.line, Pot: s.pot, Minor: r.signed(), Head: r.flag()})
		}
		held = append(held, h)
	}
	return held
}

func (r *reader) source(sources []source) source {
	i := r.unsigned()
	if i >= uint64(len(sources)) {
		r.bad = true
		return source{}
	}
	return sources[i]
}

func (r *reader) unsigned() uint64 {
	n, size := binary.Uvarint(r.rest)
	return n * r.took(size)
}

func (r *reader) signed() int64 {
	n, size := binary.Varint(r.rest)
	return n * int64(r.took(size))
}

// took moves on; it is 1, or 0 where nothing was read.
func (r *reader) took(size int) uint64 {
	if size <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return 1
}

// count is how many follow: never more than there are bytes left.
func (r *reader) count() int {
	n := r.unsigned()
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.count()
	if text := r.rest[:n]; string(text) != r.last {
		r.last = string(text)
	}
	r.rest = r.rest[n:]
	return r.last
}

// small is a byte below n.
func (r *reader) small(n int) int {
	if len(r.rest) == 0 || int(r.rest[0]) >= n {
		r.bad, r.rest = true, nil
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return int(b)
}

func (r *reader) flag() bool                 { return r.small(2) == 1 }
func (r *reader) payer() insurance.PayerKind { return payerKinds[r.small(len(payerKinds))] }
