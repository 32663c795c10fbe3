package rule

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/services/rule/exact"
	"sanad.dev/sanad/services/rule/script"
)

// parts are the parts of files that have keys.
var parts = []any{
	Scheme{}, Pot{}, Fact{}, Score{}, DatedValue{}, Subsidy{}, Condition{}, Between{}, Step{}, Slice{}, PhaseOut{}, ProRata{}, OneAccount{},
	Rounding{}, Form{}, Row{}, Selection{}, Stack{}, Answer{}, Vesting{}, Benefit{}, Qualifying{}, Earned{}, Stage{}, CoPayment{}, Limit{},
	Exclusion{}, Standards{}, Appeal{}, Treatment{}, Cover{}, DaysBought{}, MonthsCounted{}, Arrears{}, FreeCover{},
	CoverWaiting{}, Season{}, Reactivation{}, Silence{}, DependantRule{}, OldAgeRules{}, InterestRules{}, EarlyAccess{}, ExitRules{}, Retirement{}, Plan{},
	Earnings{}, PerHead{}, Division{}, Surviving{}, Referral{}, Price{}, MinimumPension{}, SurvivorRules{}, SurvivorShare{}, SurvivorPension{}, Example{}, CoverAsked{}, NoticeExample{}, CreditExample{}, DependantExample{}, Person{}, StatedAge{}, Paid{}, Withdrawn{}, Mapping{}, CaseBudget{},
	Funds{}, FundPool{},
	ClaimExample{}, EventExample{}, LineExample{}, EvidenceExample{}, CoverExample{}, SurvivorExample{},
	Claims{},
}

// vocabularies are the words that keys may have.
func vocabularies() map[string][]string {
	return map[string][]string{
		"fact types":          texts(factTypes),
		"periods":             texts(Spans()),
		"timings":             texts([]Timing{Immediate, Monthly, Quarterly, OnRemittance, InArrears, Notional}),
		"days to judge on":    texts([]JudgedOn{LastContribution, PeriodStart, PeriodEnd, LastWithdrawal}),
		"exhaustion":          texts([]Exhaustion{Queue, Partial, ProRataShare, Stop}),
		"ways of rounding":    texts(exact.Ways()),
		"quantities":          append(quantityNames(), sortedKeys(words)...),
		"benefit kinds":       texts(BenefitKinds()),
		"benefit forms":       texts(BenefitForms()),
		"numbers of an event": sortedKeys(eventNumbers),
		"kinds of event":      texts(EventKinds()),
		"kinds of care":       texts(Cares()),
		"price spans":         texts(PricedBys()),
		"window ends":         texts(WindowEnds()),
		"silence states":      texts(SilenceStates()),
		"dependant kinds":     DependantKinds(),
		"primary rules":       texts(PrimaryRules()),
		"day counts":          texts(DayCounts()),
		"plan forms":          texts(PlanForms()),
		"survivor kinds":      SurvivorKinds(),
		"blocks":              sortedKeys(builtins()),
		"language":            script.Names(),
	}
}

func texts[W ~string](words []W) []string {
	all := make([]string, len(words))
	for i := range words {
		all[i] = string(words[i])
	}
	return all
}

var (
	tableMark = regexp.MustCompile(`(?m)^<!-- (keys|words): (.*) -->\n((?:\|.*\n)+)`)
	firstWord = regexp.MustCompile("^\\| `([A-Za-z0-9_-]+)")
)

// TestTheReferenceNamesAllThatIsRead compares every table of SCHEMES.md with what the code reads.
func TestTheReferenceNamesAllThatIsRead(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../SCHEMES.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, part := range parts {
		of := reflect.TypeOf(part)
		want["keys "+of.Name()] = slices.Sorted(slices.Values(keysOf(of)))
	}
	for name, words := range vocabularies() {
		want["words "+name] = slices.Sorted(slices.Values(words))
	}
	got := map[string][]string{}
	for _, table := range tableMark.FindAllStringSubmatch(string(page), -1) {
		var named []string
		for line := range strings.Lines(table[3]) {
			if word := firstWord.FindStringSubmatch(line); word != nil {
				named = append(named, word[1])
			}
		}
		got[table[1]+" "+table[2]] = slices.Sorted(slices.Values(named))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the code (-) and SCHEMES.md (+) differ:\n%s", diff)
	}
}

// TestEveryPartThatHasKeysIsInTheReference sees that no part is left out of the list above.
func TestEveryPartThatHasKeysIsInTheReference(t *testing.T) {
	t.Parallel()
	listed := map[reflect.Type]bool{}
	for _, part := range parts {
		listed[reflect.TypeOf(part)] = true
	}
	var look func(of reflect.Type)
	seen := map[reflect.Type]bool{}
	look = func(of reflect.Type) {
		if seen[of] {
			return
		}
		seen[of] = true
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			look(of.Elem())
		case reflect.Struct:
			if len(keysOf(of)) > 0 && !listed[of] {
				t.Errorf("%s has keys and is not in the reference", of.Name())
			}
			for i := range of.NumField() {
				look(of.Field(i).Type)
			}
		}
	}
	for _, root := range []any{Scheme{}, Example{}, Mapping{}} {
		look(reflect.TypeOf(root))
	}
}
