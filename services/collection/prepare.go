package collection

import (
	"encoding/json"
	"strconv"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// prepared is an item with the names by which the books know it.
type prepared struct {
	Sent
	id          ledger.ID
	fingerprint ledger.Fingerprint
	collector   insurance.CollectorID
	amount      ledger.Money
	valueTime   time.Time
	unreadable  string
	// detail is what is kept of a contribution apart from the books, before it is sealed.
	detail []byte
	// original is the contribution that a reversal takes back.
	original ledger.ID
}

func (s *Service) prepare(sent Sent) (prepared, error) {
	switch {
	case sent.Contribution != nil:
		return s.prepareContribution(sent)
	case sent.Reversal != nil:
		return s.prepareReversal(sent)
	case sent.Withdrawal != nil:
		return s.prepareWithdrawal(sent)
	}
	return prepared{}, insurance.Fault{Field: "item", Reason: "ITEM_MISSING", Text: "send a contribution, a reversal or a withdrawal"}
}

func (s *Service) prepareContribution(sent Sent) (prepared, error) {
	c := sent.Contribution
	p := prepared{
		Sent: sent, collector: c.Collector, amount: c.Amount, valueTime: c.ValueTime, unreadable: c.Unreadable,
		id: Name(s.keys, c.Collector, ofContribution, c.Reference),
	}
	// The fields stand in this order for ever; one that came later is there only where something stands in it, so that
	// what was sent before it keeps its hash.
	fields := []string{string(c.Collector), c.Reference, c.Payer, c.PayerPhone, string(c.PayerKind),
		c.Member.Number, c.Member.Phone, c.Member.Document.Kind, c.Member.Document.Issuer, c.Member.Document.Number,
		c.Member.Typed, string(c.Member.Member), string(c.Scheme), minorText(c.Amount), string(c.Amount.Currency),
		timeText(c.ValueTime), c.Unreadable}
	if c.Account != "" {
		fields = append(fields, string(c.Account))
	}
	p.fingerprint = s.fingerprint("contribution", fields...)
	if err := c.Check(); err != nil {
		return p, err
	}
	var err error
	p.detail, err = json.Marshal(keptDetail{c.Reference, c.Payer, c.PayerPhone, c.PayerKind, c.Member, c.Unreadable, c.Account})
	return p, err
}

func (s *Service) prepareReversal(sent Sent) (prepared, error) {
	r := sent.Reversal
	p := prepared{
		Sent: sent, collector: r.Collector, amount: r.Amount, valueTime: r.ValueTime, unreadable: r.Unreadable,
		id: Name(s.keys, r.Collector, ofReversal, r.Reference), original: Name(s.keys, r.Collector, ofContribution, r.Original),
	}
	p.fingerprint = s.fingerprint("reversal", string(r.Collector), r.Reference, r.Original, minorText(r.Amount),
		string(r.Amount.Currency), timeText(r.ValueTime), r.Unreadable)
	return p, r.Check()
}

func (s *Service) prepareWithdrawal(sent Sent) (prepared, error) {
	w := sent.Withdrawal
	p := prepared{
		Sent: sent, collector: w.Collector, amount: w.Amount, valueTime: w.ValueTime, unreadable: w.Unreadable,
		id: Name(s.keys, w.Collector, ofWithdrawal, w.Reference),
	}
	p.fingerprint = s.fingerprint("withdrawal", string(w.Collector), w.Reference, minorText(w.Amount),
		string(w.Amount.Currency), timeText(w.ValueTime), w.BankAccount, w.Unreadable)
	return p, w.Check()
}

// localPrefix is how many first characters of a reference decide where in an index it lies: those of an M-Pesa
// receipt tell its day, so that a day's contributions lie together and not all over the books.
const localPrefix = 3

// The things that a collector names by references of its own. One receipt may stand on two lines of its statement: a
// payment and its charge, say.
const (
	ofContribution = "contribution"
	ofReversal     = "reversal"
	ofWithdrawal   = "withdrawal"
)

// Name is the opaque id of the thing that a collector calls by the reference: two bytes of a keyed hash of its first
// characters and fourteen of a keyed hash of it all.
func Name(keys *privacy.Keyring, collector insurance.CollectorID, thing, reference string) ledger.ID {
	head := keys.Hash("reference-head", string(collector), reference[:min(localPrefix, len(reference))])
	whole := keys.Hash("reference", string(collector), thing, reference)
	var id ledger.ID
	copy(id[:2], head[:])
	copy(id[2:], whole[:])
	return id
}

// next is the id of the entry that moves a placement on: there is one at most.
func (s *Service) next(placement ledger.ID) ledger.ID {
	return ledger.ID(s.keys.Hash("placement", placement.String()))
}

func (s *Service) fingerprint(domain string, fields ...string) ledger.Fingerprint {
	hash := s.keys.Hash(domain, fields...)
	f := ledger.Fingerprint{s.keys.Version()}
	copy(f[1:], hash[:])
	return f
}

func minorText(m ledger.Money) string { return strconv.FormatInt(m.Minor, 10) }

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
