package gsma

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Party is one way to name an account, such as msisdn +962791234567 or accountid 4711.
type Party struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// String tells the kind only: the value may be somebody's phone (L11).
func (p Party) String() string { return p.Key + " [withheld]" }

// Transaction is a transaction as it is asked for and answered. Amount is a plain decimal in major units.
type Transaction struct {
	Type                 string  `json:"type,omitempty"`
	Amount               string  `json:"amount"`
	Currency             string  `json:"currency"`
	DebitParty           []Party `json:"debitParty,omitempty"`
	CreditParty          []Party `json:"creditParty,omitempty"`
	DescriptionText      string  `json:"descriptionText,omitempty"`
	RequestDate          string  `json:"requestDate,omitempty"`
	OurReference         string  `json:"requestingOrganisationTransactionReference,omitempty"`
	TransactionReference string  `json:"transactionReference,omitempty"`
	TransactionStatus    string  `json:"transactionStatus,omitempty"`
	CreationDate         string  `json:"creationDate,omitempty"`
	ModificationDate     string  `json:"modificationDate,omitempty"`
}

// RequestState is where a request stands that is worked on after it was answered with 202.
type RequestState struct {
	ServerCorrelationID string `json:"serverCorrelationId"`
	Status              string `json:"status"`
	NotificationMethod  string `json:"notificationMethod"`
	ObjectReference     string `json:"objectReference,omitempty"`
	PendingReason       string `json:"pendingReason,omitempty"`
	Error               *Error `json:"error,omitempty"`
}

// The states of a request, and how the end of it is told.
const (
	Pending   = "pending"
	Completed = "completed"
	Failed    = "failed"

	ByCallback = "callback"
	ByPolling  = "polling"
)

// Error is what was wrong.
type Error struct {
	Category    string `json:"errorCategory"`
	Code        string `json:"errorCode"`
	Description string `json:"errordescription,omitempty"`
	At          string `json:"errorDateTime,omitempty"`
}

// Link points to what a request has become.
type Link struct {
	Link string `json:"link"`
}

// Disbursement is the type of the transactions that this rail asks for.
const Disbursement = "disbursement"

// The headers of the interface.
const (
	HeaderCorrelation = "X-CorrelationID"
	HeaderDate        = "X-Date"
	HeaderCallback    = "X-Callback-URL"
	HeaderAPIKey      = "X-API-Key" //nolint:gosec // the name of a header
	HeaderClient      = "X-Client-Id"
	HeaderBearer      = "X-User-Bearer"
	HeaderHash        = "X-Content-Hash"
)

// largestBody bounds what is read of a message.
const largestBody = 64 << 10

// wellFormedUUID is the form of correlation ids.
var wellFormedUUID = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)

// IsCorrelationID says whether the text has the form of a correlation id.
func IsCorrelationID(text string) bool { return wellFormedUUID.MatchString(text) }

// ErrForm: what came is not a message of the interface. It never repeats what came, which may name people.
var ErrForm = errors.New("the message has not the form that the interface asks for")

// ReadMessage reads one JSON value, bounded, and nothing after it.
func ReadMessage(r io.Reader, into any) error {
	body, err := io.ReadAll(io.LimitReader(r, largestBody+1))
	if err != nil {
		return fmt.Errorf("read a message: %w", err)
	}
	if len(body) > largestBody || json.Unmarshal(body, into) != nil {
		return ErrForm
	}
	return nil
}

// sameWord compares words of the interface as operators write them: Completed, COMPLETED, completed.
func sameWord(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), b) }
