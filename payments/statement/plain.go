package statement

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// plain is Sanad's own format, for collectors that have no export or a spreadsheet only.
func plain() *layout {
	required := []string{"reference", "time", "amount", "member"}
	optional := []string{"currency", "payer", "payer_phone", "payer_kind", "scheme", "account", "kind", "original"}
	names := barely(slices.Concat(required, optional)...)
	return &layout{format: FormatPlain, required: required, names: names, line: plainLine}
}

var plainTimes = []string{time.RFC3339, "2006-01-02", "2006-01-02 15:04:05"}

// plainLine reads one line of the plain format.
func plainLine(r *row, o Options) Line {
	if r.doubtful {
		return doubtfulLine(r, o)
	}
	l := Line{
		Reference:  r.reference(),
		ValueTime:  r.time("time", plainTimes, o.Location),
		Amount:     r.plainAmount(),
		Currency:   r.currency(o.Currency),
		Member:     r.text("member"),
		Payer:      r.text("payer"),
		PayerPhone: r.text("payer_phone"),
		PayerKind:  r.payerKind(),
		Scheme:     r.text("scheme"),
		Account:    r.account(),
	}
	return r.plainKind(l, o)
}

// plainKind says what the line did. A charge is a withdrawal that reaches no bank.
func (r *row) plainKind(l Line, o Options) Line {
	switch strings.ToLower(r.text("kind")) {
	case "reversal":
		l.Kind, l.Original = KindReversal, r.original("original")
	case "withdrawal":
		l.Kind, l.BankAccount = KindWithdrawal, r.bankAccount(o)
	case "charge":
		l.Kind = KindWithdrawal
	case "failed":
		l.Kind = KindFailed
	case "", "contribution":
		l.Kind = KindContribution
	default:
		l.Kind = KindContribution
		r.say("kind not understood, taken as contribution: %s", r.show("kind"))
	}
	return l
}

// plainAmount gives the amount, which every plain line must have.
func (r *row) plainAmount() string {
	plain, there := r.amount("amount", "")
	if !there {
		r.say("no amount")
	}
	return plain
}

// currencyForm is a code of ISO 4217.
var currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)

// currency gives the line's own currency, or the statement's where the line names none.
func (r *row) currency(statement string) string {
	code := strings.ToUpper(r.text("currency"))
	if code == "" {
		return statement
	}
	if !currencyForm.MatchString(code) {
		r.say("currency not readable: %s", r.show("currency"))
		return ""
	}
	return code
}

// accountForm is a label that schemes give accounts.
var accountForm = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9_-]{0,31})?$`)

// account gives the label of the member's account that the line is for.
func (r *row) account() string {
	label := r.text("account")
	if !accountForm.MatchString(label) {
		r.say("account not readable: %s", r.show("account"))
		return ""
	}
	return label
}

// payerKind gives who the payer is to the member.
func (r *row) payerKind() string {
	switch kind := strings.ToLower(r.text("payer_kind")); kind {
	case "", "self", "family", "sponsor", "cooperative":
		return kind
	}
	r.say("payer_kind not understood: %s", r.show("payer_kind"))
	return ""
}
