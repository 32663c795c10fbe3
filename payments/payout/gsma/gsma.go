// Package gsma is the rail of mobile-money operators who speak the GSMA Mobile Money API 1.2: disbursements to wallets,
// asked for by a client.
//
// Its laws: a payout's key is the X-CorrelationID of every call that asks for it; what the operator says is believed only
// where it has the form that the interface asks for, and what can't be read leaves the payout where nobody knows; a lost
// answer is looked for under /responses; a callback counts only at the address that was made for that payout, which
// nobody else can make; credentials and phones stand in no error, no log and no print (L11).
package gsma

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
)

// Secret is a text that is printed nowhere.
type Secret string

const withheld = "[secret]"

// String hides the secret.
func (Secret) String() string { return withheld }

// GoString hides the secret.
func (Secret) GoString() string { return withheld }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(withheld), nil }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(withheld) }

// Config says how to reach an operator, and what it promises.
type Config struct {
	// Name is the rail's short name, such as gsma-orange.
	Name string
	// URL is where the operator's interface begins, such as https://api.operator.example/mm/v1.2.
	URL string
	// APIKey, ClientID and Bearer are the credentials that the operator asks for; those that are empty are not sent.
	APIKey, ClientID, Bearer Secret
	// Account names the account with the operator that the money comes from, such as accountid 4711.
	Account []Party
	// Currencies are those that the account pays.
	Currencies []ledger.Currency
	// Callback says where the operator may tell what has become of a payout. Without it, the operator is asked.
	Callback Callback
	// Timeout, Settling, Polling and Returnable are those of the [payout.Contract]; zero means 20 s, 2 min, 15 s and never.
	Timeout, Settling, Polling, Returnable time.Duration
	// OnCredit says that the operator pays beyond what stands on the account, and is given the money later.
	OnCredit bool
	// NoResponses says that the operator does not keep /responses. Then what is not found is not surely absent.
	NoResponses bool
	// Client makes the calls; a plain one where nil. Now is the clock.
	Client *http.Client
	Now    func() time.Time
}

// Callback is where an operator calls back. URL is what the operator can reach of the server's HTTP port, without a path;
// Secret makes the addresses of single payouts, at least 16 characters.
type Callback struct {
	URL    string
	Secret Secret
}

// Rail is the rail of one operator.
type Rail struct{ Config Config }

// New makes a rail of a configuration that can be used.
func New(c Config) (*Rail, error) {
	r := &Rail{c}
	if err := r.Contract().Check(); err != nil {
		return nil, err
	}
	if err := checkAddress("url", c.URL); err != nil {
		return nil, err
	}
	if len(c.Account) == 0 || c.Now == nil {
		return nil, fmt.Errorf("%w: rail %s needs the account that the money comes from, and a clock", ledger.ErrInvalid, c.Name)
	}
	return r, c.Callback.check()
}

// errAddress: credentials and phones would go over the net for everybody to read.
var errAddress = errors.New("write an https address without user, query and fragment; http goes to this machine only")

// checkAddress sees that what is sent there is encrypted, or does not leave this machine.
func checkAddress(field, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%w: %s: %w", ledger.ErrInvalid, field, errAddress)
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return fmt.Errorf("%w: %s: %w", ledger.ErrInvalid, field, errAddress)
	}
	return nil
}

// What is waited for, where the configuration does not say.
const (
	usualTimeout  = 20 * time.Second
	usualSettling = 2 * time.Minute
	usualPolling  = 15 * time.Second
)

func or(d, usual time.Duration) time.Duration {
	if d == 0 {
		return usual
	}
	return d
}

// Contract says what the operator promises.
func (r *Rail) Contract() payout.Contract {
	c := r.Config
	return payout.Contract{
		Name: c.Name, Timeout: or(c.Timeout, usualTimeout), Settling: or(c.Settling, usualSettling), Polling: or(c.Polling, usualPolling),
		Returnable: c.Returnable, SureOfAbsence: !c.NoResponses, OncePerKey: true, OnCredit: c.OnCredit,
		Currencies: c.Currencies, Kinds: []payout.DestinationKind{payout.Wallet},
	}
}

func (r *Rail) timeout() time.Duration { return r.Contract().Timeout }

// Send asks the operator to pay the order. That it takes a correlation id once is what the interface promises.
func (r *Rail) Send(ctx context.Context, o payout.Order) (payout.Report, error) {
	headers := map[string]string{HeaderCorrelation: o.Key.String()}
	if address := r.CallbackURL(o.Key); address != "" {
		headers[HeaderCallback] = address
	}
	answer, err := r.call(ctx, http.MethodPost, "/transactions/type/"+Disbursement, headers, r.transactionOf(o))
	if err != nil {
		return payout.Report{}, err
	}
	report, err := judgeSent(o.Key, answer)
	if errors.Is(err, errKnownAlready) {
		return r.enquireKnown(ctx, o.Key)
	}
	return report, err
}

// enquireKnown asks after an order of which the operator says that it has it already.
func (r *Rail) enquireKnown(ctx context.Context, key payout.Key) (payout.Report, error) {
	report, err := r.Enquire(ctx, payout.Enquiry{Key: key})
	if err == nil && (report.Outcome == payout.Absent || report.Outcome == payout.Returned) {
		return payout.Report{}, errKnownAlready
	}
	return report, err
}

func (r *Rail) transactionOf(o payout.Order) Transaction {
	return Transaction{
		Amount: o.Amount.Amount(), Currency: string(o.Amount.Currency), DebitParty: r.Config.Account,
		CreditParty:     []Party{{Key: "msisdn", Value: o.To.Account}},
		DescriptionText: shortened(o.Text), OurReference: o.Key.String(),
		RequestDate: r.Config.Now().UTC().Format(time.RFC3339),
	}
}

// longestDescription bounds, in characters, what a recipient is shown.
const longestDescription = 160

func shortened(text string) string {
	if all := []rune(text); len(all) > longestDescription {
		return string(all[:longestDescription])
	}
	return text
}

// Enquire asks what has become of an order: by the operator's own reference where it has told one, and by /responses.
func (r *Rail) Enquire(ctx context.Context, e payout.Enquiry) (payout.Report, error) {
	if e.Reference != "" {
		report, err := r.enquireReference(ctx, e)
		if err != nil || report.Outcome != payout.Absent {
			return report, err
		}
	}
	answer, err := r.call(ctx, http.MethodGet, "/responses/"+e.Key.String(), nil, nil)
	if err != nil {
		return payout.Report{}, err
	}
	path, err := judgeResponse(answer)
	if err != nil || path == "" {
		return payout.Report{Key: e.Key, Outcome: payout.Absent}, err
	}
	report, err := r.follow(ctx, e.Key, path)
	if err == nil && report.Outcome == payout.Absent {
		return payout.Report{}, errLoose
	}
	return report, err
}

// errLoose: what is pointed to is not there, so that it is not known; it was there, so it is not absent either.
var errLoose = errors.New("the operator points to something that it does not find")

// enquireReference asks by what the operator has called the request or the transaction.
func (r *Rail) enquireReference(ctx context.Context, e payout.Enquiry) (payout.Report, error) {
	if IsCorrelationID(e.Reference) {
		report, err := r.follow(ctx, e.Key, requestPath+url.PathEscape(e.Reference))
		if err != nil || report.Outcome != payout.Absent {
			return report, err
		}
	}
	return r.follow(ctx, e.Key, transactionPath+url.PathEscape(e.Reference))
}

// mostSteps bounds how far links are followed: response, request, transaction.
const mostSteps = 3

// follow reads what a path tells, until it is a transaction or a request that has not ended.
func (r *Rail) follow(ctx context.Context, key payout.Key, path string) (payout.Report, error) {
	for step := range mostSteps {
		answer, err := r.call(ctx, http.MethodGet, path, nil, nil)
		if err != nil {
			return payout.Report{}, err
		}
		report, next, err := judgeFound(key, path, answer)
		if err == nil && step > 0 && report.Outcome == payout.Absent {
			return payout.Report{}, errLoose
		}
		if err != nil || next == "" {
			return report, err
		}
		path = next
	}
	return payout.Report{}, errors.New("the operator's links lead round in a circle")
}
