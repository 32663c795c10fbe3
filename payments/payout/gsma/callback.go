package gsma

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
)

// CallbackPath is where operators call back: CallbackPath + rail/key/mark.
const CallbackPath = "/callbacks/gsma/"

const (
	shortestSecret = 16
	markBytes      = 16
)

// ErrForged: the address was not made for that payout, or the message is of another.
var ErrForged = errors.New("this is no address for a callback")

func (c Callback) check() error {
	if c.URL == "" {
		return nil
	}
	if len(c.Secret) < shortestSecret {
		return fmt.Errorf("%w: callback.secret: write at least %d characters that nobody can guess", ledger.ErrInvalid, shortestSecret)
	}
	return checkAddress("callback.url", c.URL)
}

// CallbackURL is where the operator may tell what has become of a payout; empty where it is not to. It can be made by the
// holder of the secret only, so that who has learnt one address can't speak of another payout.
func (r *Rail) CallbackURL(key payout.Key) string {
	if r.Config.Callback.URL == "" {
		return ""
	}
	return strings.TrimSuffix(r.Config.Callback.URL, "/") + CallbackPath + r.Config.Name + "/" + key.String() + "/" + r.mark(key)
}

func (r *Rail) mark(key payout.Key) string {
	mac := hmac.New(sha256.New, []byte(r.Config.Callback.Secret))
	_, _ = fmt.Fprintf(mac, "sanad gsma callback\x00%s\x00%s", r.Config.Name, key)
	return hex.EncodeToString(mac.Sum(nil)[:markBytes])
}

// ReadCallback reads what an operator has called back under /callbacks/gsma/RAIL/KEY/MARK, with the X-CorrelationID that
// came with it. It returns [ErrForged] for what did not come from whom it was asked of.
func (r *Rail) ReadCallback(key, mark, correlation string, body io.Reader) (payout.Report, error) {
	k, err := payout.ParseKey(key)
	if err != nil || r.Config.Callback.URL == "" || !hmac.Equal([]byte(r.mark(k)), []byte(mark)) {
		return payout.Report{}, ErrForged
	}
	if correlation != "" && !strings.EqualFold(correlation, k.String()) {
		return payout.Report{}, ErrForged
	}
	text, err := io.ReadAll(io.LimitReader(body, largestBody+1))
	if err != nil || len(text) > largestBody {
		return payout.Report{}, ErrForm
	}
	return judgeCalledBack(k, text)
}

// judgeCalledBack says what a callback means: a transaction, or an error for good, since the request has ended.
func judgeCalledBack(key payout.Key, text []byte) (payout.Report, error) {
	var e Error
	if json.Unmarshal(text, &e) == nil && e.Code != "" {
		return payout.Report{Key: key, Outcome: payout.Failed, Reason: reasonOf(&e)}, nil
	}
	var tx Transaction
	if err := ReadMessage(bytes.NewReader(text), &tx); err != nil {
		return payout.Report{}, err
	}
	return judgeTransaction(key, tx)
}
