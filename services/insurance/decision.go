package insurance

import (
	"encoding/json"
	"fmt"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/privacy"
)

// Decision is what was decided of a person's right, line by line, and why (L10). It is the result of a pure function of
// its [Judged] facts: the same facts give the same decision, byte for byte.
type Decision struct {
	Kind DecisionKind `json:"kind"`
	// Subject is what was decided on: the id of a claim, the code of a scheme, the name of a cover.
	Subject string            `json:"subject"`
	Member  MemberID          `json:"member"`
	Scheme  ledger.SchemeCode `json:"scheme,omitempty"`
	// Version is that of the scheme whose rules judged it; On is the day whose facts and rules count.
	Version  int             `json:"version,omitempty"`
	On       ledger.Date     `json:"on"`
	Currency ledger.Currency `json:"currency,omitempty"`
	Lines    []DecisionLine  `json:"lines"`
	// AppealTo and AppealDays are the way to object, and within how many days of being told.
	AppealTo   string `json:"appeal_to,omitempty"`
	AppealDays int    `json:"appeal_days,omitempty"`
}

// DecisionKind says what kind of right was decided on.
type DecisionKind string

// The kinds of decision that one may object to.
const (
	EnrolmentDecision DecisionKind = "enrolment"
	CategoryDecision  DecisionKind = "category"
	SubsidyDecision   DecisionKind = "subsidy"
	LapseDecision     DecisionKind = "lapse"
	SuspenseDecision  DecisionKind = "suspense"
	ClaimDecision     DecisionKind = "claim"
	PensionDecision   DecisionKind = "pension"
	PayoutDecision    DecisionKind = "payout"
)

// DecisionLine is what was decided of one thing that was asked for. Amounts are minor units of the decision's currency;
// Granted is Asked less what the reductions took.
type DecisionLine struct {
	Item       string      `json:"item"`
	Asked      int64       `json:"asked"`
	Granted    int64       `json:"granted"`
	Reductions []Reduction `json:"reductions,omitempty"`
	// On is the day from which it is due, where that is not the decision's, and Days for how many days it is granted.
	On   ledger.Date `json:"on,omitempty"`
	Days int64       `json:"days,omitempty"`
	// PayTo is who is paid, and BorneBy who bears it: a pool, or a funder. Where they are empty, the kind of decision says.
	PayTo   ledger.Party `json:"pay_to,omitempty"`
	BorneBy ledger.Party `json:"borne_by,omitempty"`
}

// Reduction is why a line was granted less, or nothing: a coded reason, the rule that says so, what it took away in minor
// units, and a sentence for the member.
type Reduction struct {
	Reason string `json:"reason"`
	Rule   string `json:"rule"`
	Took   int64  `json:"took"`
	Text   string `json:"text,omitempty"`
	// Change is what would change it, where there is something.
	Change string `json:"change,omitempty"`
}

// Granted is what all lines come to, in minor units.
func (d Decision) Granted() (sum int64) {
	for _, l := range d.Lines {
		sum += l.Granted
	}
	return sum
}

// Check sees that every line's sums are right: a decision that does not add up is not recorded.
func (d Decision) Check() error {
	for _, l := range d.Lines {
		took := int64(0)
		for _, r := range l.Reductions {
			if r.Reason == "" || r.Took < 0 {
				return fmt.Errorf("decision on %s %s: a reduction of %s lacks its reason or takes less than nothing", d.Kind, d.Subject, l.Item)
			}
			took += r.Took
		}
		if l.Granted < 0 || l.Granted != l.Asked-took {
			return fmt.Errorf("decision on %s %s: %s asks for %d, is granted %d and reduced by %d", d.Kind, d.Subject, l.Item, l.Asked, l.Granted, took)
		}
	}
	return nil
}

// DecisionID names a recorded decision.
type DecisionID string

// RecordedDecision is a decision with the facts it was judged by, as they are kept: so that it can be judged again, and
// must come out the same.
type RecordedDecision struct {
	ID DecisionID
	// By are those who took part in it, who may not judge an objection to it.
	By []string
	// Follows is the decision on the same subject in whose place this one stands; empty for the first.
	Follows DecisionID
	// RecordedAt is the database's clock, set by the store.
	RecordedAt time.Time
	Decision
	// Judged is what it was judged by, as its kind writes it down.
	Judged json.RawMessage
}

// sealedDecision is what of a recorded decision is about a person.
type sealedDecision struct {
	Decision Decision        `json:"decision"`
	Judged   json.RawMessage `json:"judged"`
}

func decisionOf(id DecisionID) string { return "decision:" + string(id) }

// Seal seals what of the decision is about the member under her key.
func (r RecordedDecision) Seal(sealer *privacy.Sealer) ([]byte, error) {
	text, err := json.Marshal(sealedDecision{r.Decision, r.Judged})
	if err != nil {
		return nil, fmt.Errorf("seal decision %s: %w", r.ID, err)
	}
	return sealer.Seal(text, decisionOf(r.ID))
}

// Open reads what Seal made.
func (r *RecordedDecision) Open(sealer *privacy.Sealer, sealed []byte) error {
	text, err := sealer.Open(sealed, decisionOf(r.ID))
	if err != nil {
		return fmt.Errorf("open decision %s: %w", r.ID, err)
	}
	var s sealedDecision
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("open decision %s: what is sealed has another form", r.ID) // the error may quote it (L11)
	}
	r.Decision, r.Judged = s.Decision, s.Judged
	return nil
}

// KeptDecision is a recorded decision as a store keeps it: what is about the member is sealed under her key.
type KeptDecision struct {
	ID         DecisionID
	Kind       DecisionKind
	Member     MemberID
	Subject    string
	Follows    DecisionID
	By         []string
	RecordedAt time.Time
	Sealed     []byte
}

// Keep checks that the decision adds up, and seals it for the store.
func (r RecordedDecision) Keep(sealer *privacy.Sealer) (KeptDecision, error) {
	if r.ID == "" || r.Kind == "" || r.Subject == "" || r.ID == r.Follows {
		return KeptDecision{}, fmt.Errorf("keep decision %q: it needs an id of its own, a kind and a subject", r.ID)
	}
	if err := r.Check(); err != nil {
		return KeptDecision{}, err
	}
	sealed, err := r.Seal(sealer)
	return KeptDecision{r.ID, r.Kind, r.Member, r.Subject, r.Follows, r.By, r.RecordedAt, sealed}, err
}

// Open reads what Keep made. The error is [privacy.ErrSealed] where the key is another's or the row was altered.
func (k KeptDecision) Open(sealer *privacy.Sealer) (RecordedDecision, error) {
	r := RecordedDecision{ID: k.ID, By: k.By, Follows: k.Follows, RecordedAt: k.RecordedAt}
	if err := r.Open(sealer, k.Sealed); err != nil {
		return r, err
	}
	if r.Kind != k.Kind || r.Member != k.Member || r.Subject != k.Subject {
		return r, fmt.Errorf("open decision %s: %w: its row says another kind, member or subject", k.ID, privacy.ErrSealed)
	}
	return r, nil
}
