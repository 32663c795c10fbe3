package insurance

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"sanad.dev/sanad/ledger"
)

// Fault is what is wrong with a request: the field at fault as the contract names it, a stable code (L10), and a
// sentence that says what to do. It never repeats what was sent, which may be about a person (L11).
type Fault struct{ Field, Reason, Text string }

// Error prints the field and the sentence.
func (f Fault) Error() string { return f.Field + ": " + f.Text }

var (
	// ErrTaken: the name that was chosen is another's already.
	ErrTaken = errors.New("taken")
	// ErrErased: the member's personal data has been destroyed, and what needs it can't be done.
	ErrErased = errors.New("erased")
	// ErrOnRecord: what is on record of the member stands against it.
	ErrOnRecord = errors.New("on record")
	// ErrWrongState: what is asked for does not follow from where the thing stands.
	ErrWrongState = errors.New("not in this state")
)

// The reasons whose faults belong to another family than that of a wrong form.
const (
	MemberUnknown   = "MEMBER_UNKNOWN"
	MemberErased    = "MEMBER_ERASED"
	CardNumberTaken = "CARD_NUMBER_TAKEN"
	ReferenceReused = "REFERENCE_REUSED"
	// The reasons of what stands on record against a change of facts.
	CorrectionMissing = "CORRECTION_MISSING"
	EvidenceWeaker    = "EVIDENCE_WEAKER"
	FactsOverlap      = "FACTS_OVERLAP"
	FactUnknown       = "FACT_UNKNOWN"
	TooManyChanges    = "TOO_MANY_CHANGES"
	AlreadyEnrolled   = "ALREADY_ENROLLED"
	NotEnrolled       = "NOT_ENROLLED"
	approvalIsNobody  = "PERSON_INVALID"
	// Of holidays and notices.
	HolidayUnknown = "HOLIDAY_UNKNOWN"
	NoticeUnknown  = "NOTICE_UNKNOWN"
	NoticeDone     = "NOTICE_GIVEN"
	// The reasons of complaints and appeals.
	CaseInvalid     = "CASE_INVALID"
	CaseUnknown     = "CASE_UNKNOWN"
	CaseClosed      = "CASE_CLOSED"
	CaseAnothers    = "CASE_ANOTHERS"
	AppealLate      = "APPEAL_LATE"
	TookPart        = "TOOK_PART"
	DecisionUnknown = "DECISION_UNKNOWN"
)

// Unwrap returns the family: [ledger.ErrInvalid] for what is wrong in its form, as most are.
func (f Fault) Unwrap() error {
	switch f.Reason {
	case ProviderUnknown, BenefitClaimUnknown:
		return ledger.ErrNotFound
	case BenefitClaimWrongState, BenefitClaimSamePerson, BenefitClaimObjected:
		return ErrWrongState
	case MemberUnknown, FunderUnknown, BudgetLineUnknown, ClaimUnknown, ClaimLineUnknown, InterestUnknown, PensionUnknown:
		return ledger.ErrNotFound
	case BudgetShort:
		return ledger.ErrFloor
	case BudgetLineClosed, FiscalYearFixed, ClaimWrongState, ClaimSamePerson, ClaimOverpaid, SampleSeedFixed, DeathKnown, DeathNotMarked, SamePerson:
		return ErrWrongState
	case CaseUnknown, DecisionUnknown:
		return ledger.ErrNotFound
	case CaseClosed, CaseAnothers, AppealLate, TookPart:
		return ErrWrongState
	case InterestDeclared, InterestNotEnded, PensionRefused, PensionStanding, NothingUncollected:
		return ErrWrongState
	case MemberErased:
		return ErrErased
	case CardNumberTaken:
		return ErrTaken
	case ReferenceReused:
		return ledger.ErrReferenceReused
	case CorrectionMissing, EvidenceWeaker, FactsOverlap, FactUnknown, TooManyChanges, AlreadyEnrolled, NotEnrolled:
		return ErrOnRecord
	case HolidayUnknown, NoticeUnknown, FundUnknown, CallUnknown:
		return ledger.ErrNotFound
	case CallConfirmed, PoolNotShort, GuarantorMissing, FundTermsUnknown, CallDiffers:
		return ErrWrongState
	case FundMonthClosed:
		return ledger.ErrClosed
	case NoticeDone:
		return ErrWrongState
	}
	return ledger.ErrInvalid
}

// CheckText refuses, as a [Fault] with the reason, what a database or a terminal chokes on: text that is not UTF-8,
// has a control character or a line break in it, or has more characters than the longest.
func CheckText(field, reason, text string, longest int) error {
	switch {
	case !utf8.ValidString(text):
		return Fault{field, reason, "the text is not valid UTF-8"}
	case strings.ContainsFunc(text, breaksLines):
		return Fault{field, reason, "the text has a control character in it"}
	case utf8.RuneCountInString(text) > longest:
		return Fault{field, reason, fmt.Sprintf("the text has more than %d characters", longest)}
	}
	return nil
}

// breaksLines: control characters, NUL among them, and the line and paragraph separators. Joiners and marks of
// direction are letters' companions in Arabic and stay.
func breaksLines(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }
