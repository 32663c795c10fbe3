// Package claims takes demands for benefits, has them judged, and books what is owed.
//
// Its laws: a claim is kept whoever it is for, and none is lost; the provider's own reference names it, so that it is
// taken once (L3); what is judged is judged by a pure function of what is kept with the decision, so that it can be judged
// again and comes out the same; what is owed under a claim is what is due less what is booked (L6), owed from the day of
// its approval whatever the pool holds (L8); who handed a claim in does not approve it, and above the scheme's threshold
// two others do; what was received in good faith stands. What it says of people is sealed under the member's key (L11).
package claims

import (
	"encoding/json"
	"fmt"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// State is where a claim stands.
type State string

// The states.
const (
	// Pending: evidence is missing, or nobody knows yet whose claim it is.
	Pending State = "pending"
	// Preauthorised: judged before the care is given; it holds the limits that it will use, and nothing is owed.
	Preauthorised State = "preauthorised"
	// Awaiting: judged, and waits for the people who approve it.
	Awaiting State = "awaiting-approval"
	// Approved: what is granted is booked and owed.
	Approved State = "approved"
	// Refused: nothing is granted, for the reasons in the decision.
	Refused State = "refused"
	// Settled: what is owed has been handed over to be paid.
	Settled State = "settled"
	// Withdrawn by who handed it in, or a pre-authorisation whose claim has come.
	Withdrawn State = "withdrawn"
)

// States lists the states.
func States() []State {
	return []State{Pending, Preauthorised, Awaiting, Approved, Refused, Settled, Withdrawn}
}

// Hash is a keyed hash.
type Hash = [16]byte

// Claim is a claim as its row tells it: nothing that says what happened to whom.
type Claim struct {
	ID          ledger.ID
	Fingerprint ledger.Fingerprint
	// Provider handed it in or gave the care; empty where there is none.
	Provider insurance.ProviderID
	// Member is empty while nobody knows whose claim it is.
	Member   insurance.MemberID
	Scheme   ledger.SchemeCode
	Pool     insurance.Pool
	Currency ledger.Currency
	State    State
	// Asked and Granted are in minor units; Granted is that of the decision that stands.
	Asked, Granted int64
	// EventOn is the day of the event, ReceivedOn that on which the claim came, DecidedOn that on which it was approved,
	// refused or withdrawn; zero while it waits. What was decided anew later has its own day in the books.
	EventOn, ReceivedOn, DecidedOn ledger.Date
	RecordedAt                     time.Time
	// Decision is the one that stands; empty before the first.
	Decision insurance.DecisionID
	// Moves counts the entries that were booked under it.
	Moves int
	// Person is the keyed hash of whom it is about, by which claims on one person are found.
	Person Hash
	// Uses is the pre-authorisation that it uses up; zero where none.
	Uses ledger.ID
	// NextOn is the day from which its next instalment may be due; zero where none will be.
	NextOn ledger.Date
	// Sealed is its [Content]. Salt is what it is sealed under while nobody knows whose it is.
	Sealed, Salt []byte
}

// Open says whether it has not been decided yet.
func (c Claim) Open() bool { return c.State == Pending || c.State == Awaiting }

// subject is the claim as a subject of decisions.
func (c Claim) subject() string { return c.ID.String() }

// Content is what a claim says, as it is kept sealed.
type Content struct {
	Submission
	// Claim is what was handed in, with all evidence that has come since.
	Claim benefit.Claim `json:"claim"`
	// Findings are what people have found when they looked at it.
	Findings []Finding `json:"findings,omitempty"`
	// Lacks is what it waits for, while it does.
	Lacks []Lack `json:"lacks,omitempty"`
	// Draft is the decision that waits for the people who approve it.
	Draft *Draft `json:"draft,omitempty"`
	// Judgings counts how often it was judged.
	Judgings int `json:"judgings,omitempty"`
	// Cause is why it was judged anew last; Took are those who took part in the draft.
	Cause Cause    `json:"cause,omitempty"`
	Took  []string `json:"took,omitempty"`
	// Through is the last month of a periodic benefit that has been judged; zero for none.
	Through ledger.Period `json:"through,omitempty"`
	// FirstSalt is what it was sealed under before anybody knew whose it is.
	FirstSalt []byte `json:"first_salt,omitempty"`
}

// Submission says how a claim was handed in.
type Submission struct {
	// Reference is the submitter's own name for it.
	Reference string              `json:"reference"`
	By        Submitter           `json:"by"`
	For       insurance.Reference `json:"for"`
	Scheme    ledger.SchemeCode   `json:"scheme"`
	// Currency is that of the amounts; empty where there are none.
	Currency ledger.Currency `json:"currency,omitempty"`
	// NewbornOn is the birth of a child whom nobody has enrolled, where the claim is about one.
	NewbornOn ledger.Date `json:"newborn_on,omitempty"`
	// Survivors are those whom a dead member leaves behind.
	Survivors []benefit.Survivor `json:"survivors,omitempty"`
	// PayTo is the member to whom cash is paid where it is not the one insured: a woman with an account of her own, a
	// guardian, who paid a funeral.
	PayTo insurance.MemberID `json:"pay_to,omitempty"`
	// Payee is who is paid cash where she is no member: a survivor, or her guardian.
	Payee ledger.Party `json:"payee,omitempty"`
	// PaidByMember says that she has paid the provider, and is reimbursed.
	PaidByMember bool `json:"paid_by_member,omitempty"`
	// Uses is the pre-authorisation that the claim uses up.
	Uses ledger.ID `json:"uses,omitzero"`
}

// Submitter is who handed a claim in.
type Submitter struct {
	As Role `json:"as"`
	// Provider is set where it was one.
	Provider insurance.ProviderID `json:"provider,omitempty"`
	// Person is who made the call.
	Person string `json:"person"`
}

// Role is what a submitter is to the claim.
type Role string

// The roles.
const (
	AsProvider Role = "provider"
	AsMember   Role = "member"
	AsDelegate Role = "delegate"
	// AsFund is the institution itself, for what falls due without anybody's asking.
	AsFund Role = "fund"
)

// name is what is kept in the clear of who handed a claim in.
func (s Submitter) name() string {
	if s.As == AsProvider {
		return string(s.Provider.Party())
	}
	return string(s.As)
}

// Draft is a decision that nobody has taken yet, with what it was judged by.
type Draft struct {
	Decision insurance.Decision `json:"decision"`
	Judged   json.RawMessage    `json:"judged"`
}

// Cause is why a claim is judged anew. It decides what becomes of what was paid and is no longer due.
type Cause string

// The causes. What was received in good faith stands; it is recovered from the payee for a false claim and for an error of
// the payee's own.
const (
	NewEvidence    Cause = "new-evidence"
	RuleCorrection Cause = "rule-correction"
	Appeal         Cause = "appeal"
	OfficeError    Cause = "office-error"
	OwnError       Cause = "own-error"
	FalseClaim     Cause = "false-claim"
)

// Causes lists the causes.
func Causes() []Cause {
	return []Cause{NewEvidence, RuleCorrection, Appeal, OfficeError, OwnError, FalseClaim}
}

// recovers says whether what was paid is recovered.
func (c Cause) recovers() bool { return c == OwnError || c == FalseClaim }

// Finding is what a person found of a line of a claim: it takes away what the rules cannot see.
type Finding struct {
	// Line counts the decision's lines from 0.
	Line int `json:"line"`
	// Reason is a coded reason, and Text a sentence for the member.
	Reason string `json:"reason"`
	Text   string `json:"text,omitempty"`
	// Minor is how much it takes away at most, in minor units.
	Minor int64  `json:"minor"`
	By    string `json:"by"`
}

// Lack is what a claim waits for.
type Lack struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// sealedAs binds what is sealed to the claim.
func sealedAs(id ledger.ID) string { return "claim:" + id.String() }

func (k Content) seal(sealer *privacy.Sealer, id ledger.ID) ([]byte, error) {
	text, err := json.Marshal(k)
	if err != nil {
		return nil, fmt.Errorf("seal claim %s: %w", id, err)
	}
	return sealer.Seal(text, sealedAs(id))
}

func openContent(sealer *privacy.Sealer, id ledger.ID, sealed []byte) (k Content, err error) {
	text, err := sealer.Open(sealed, sealedAs(id))
	if err != nil {
		return k, fmt.Errorf("open claim %s: %w", id, err)
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return Content{}, fmt.Errorf("open claim %s: what is sealed has another form", id) // the error may quote it (L11)
	}
	return k, nil
}
