package entitlement

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
)

var days = rapid.Custom(func(t *rapid.T) ledger.Date {
	return ledger.Date(2000_01_01).AddDays(rapid.IntRange(0, 73_000).Draw(t, "days"))
})

var maybe = rapid.Custom(func(t *rapid.T) ledger.Date {
	if rapid.Bool().Draw(t, "none") {
		return 0
	}
	return days.Draw(t, "day")
})

// anyTold draws what may be told: any reason, amount, date and name.
func anyTold(t *rapid.T) told {
	codes := slices.Sorted(maps.Keys(reasons))
	code := rapid.SampledFrom(append(codes, "OWN_REASON_OF_A_SCHEME")).Draw(t, "reason")
	currency := rapid.SampledFrom([]ledger.Currency{"JOD", "KES", "XOF"}).Draw(t, "currency")
	one := told{
		name:    rapid.StringN(0, 300, -1).Draw(t, "name"),
		covered: rapid.Bool().Draw(t, "covered"), closes: rapid.Bool().Draw(t, "closes"),
		until: maybe.Draw(t, "until"), from: maybe.Draw(t, "from"), by: maybe.Draw(t, "by"),
		pay: ledger.Money{Minor: rapid.Int64Range(0, 1<<63-1).Draw(t, "pay"), Currency: currency},
		why: openReason([]cover.Reason{{Code: code}}),
	}
	for range rapid.IntRange(0, 4).Draw(t, "extras") {
		topic := rapid.SampledFrom([]insurance.TextTopic{insurance.TellHealth, insurance.TellCategory, insurance.TellBalance}).Draw(t, "topic")
		one.extras = append(one.extras, extra{topic, rapid.StringN(0, 120, -1).Draw(t, "value")})
	}
	return one
}

func TestEveryTextFitsOneMessageInEveryLanguage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		one := anyTold(t)
		for _, language := range Languages {
			text := one.text(language)
			if text == "" || !insurance.FitsSMS(text) {
				t.Fatalf("%s: %q", language, text)
			}
			if strings.Contains(text, "%[") && !one.names("%[") {
				t.Fatalf("%s: a place is left open in %q", language, text)
			}
		}
	})
}

// names says whether a name or value that is told has the sign in it.
func (t told) names(sign string) bool {
	return strings.Contains(t.name, sign) || slices.ContainsFunc(t.extras, func(e extra) bool { return strings.Contains(e.value, sign) })
}

// TestTheLastWordingFitsWithTheLongestDateAndAmount: the first that fits is sent, and so the last must always.
func TestTheLastWordingFitsWithTheLongestDateAndAmount(t *testing.T) {
	t.Parallel()
	longest := told{until: 2199_12_31, from: 2199_12_31, by: 2199_12_31, pay: ledger.Money{Minor: 1<<63 - 1, Currency: "JOD"}}
	for _, language := range Languages {
		for saying, all := range sayings[language] {
			if text := longest.fill(all[len(all)-1]); !insurance.FitsSMS(text) {
				t.Errorf("%s, %d: %q has %d characters", language, saying, text, len([]rune(text)))
			}
		}
		if len(sayings[language]) != len(sayings["en"]) || len(topics[language]) != len(topics["en"]) {
			t.Errorf("%s lacks words", language)
		}
	}
}

func TestTextsSayWhatIsToBePaidByWhen(t *testing.T) {
	t.Parallel()
	pay := ledger.Money{Minor: 3500, Currency: "JOD"}
	for _, c := range []struct {
		name string
		told told
		want map[string]string
	}{
		{"covered, and what keeps it", told{covered: true, until: 2026_04_30, pay: pay, by: 2026_04_20}, map[string]string{
			"en": "You are covered until 30/04/2026. Pay 3.500 JOD by 20/04/2026 to stay covered.",
			"fr": "Votre couverture va jusqu'au 30/04/2026. Payez 3.500 JOD au plus tard le 20/04/2026 pour la garder.",
			"ar": "تغطيتك سارية لغاية 30/04/2026. بدفع 3.500 JOD لغاية 20/04/2026 تستمر.",
		}},
		{"not covered, and what changes it", told{pay: pay, by: 2026_04_20}, map[string]string{
			"en": "You are not covered now. Pay 3.500 JOD by 20/04/2026 to be covered. Emergency care is never refused.",
			"fr": "Vous n'avez pas de couverture. Payez 3.500 JOD au plus tard le 20/04/2026 pour en avoir une. Les urgences sont toujours soignées.",
			"ar": "تغطيتك غير سارية. بدفع 3.500 JOD لغاية 20/04/2026 تصبح سارية.",
		}},
		{"cover begins later", told{from: 2026_05_01}, map[string]string{
			"en": "Your cover begins on 01/05/2026. Emergency care is never refused.",
			"fr": "Votre couverture commence le 01/05/2026. Les urgences sont toujours soignées.",
			"ar": "تبدأ تغطيتك في 01/05/2026. علاج الطوارئ لا يُرفض.",
		}},
		{"covered without end, with the scheme's name", told{name: "Basic", covered: true}, map[string]string{
			"en": "Basic: You are covered.", "fr": "Basic: Vous avez une couverture.", "ar": "Basic: تغطيتك سارية.",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for language, want := range c.want {
				if got := c.told.text(language); got != want {
					t.Errorf("%s: %q, want %q", language, got, want)
				}
			}
		})
	}
}

func TestALongNameOrExtraGivesWayToWhatMustBeSaid(t *testing.T) {
	t.Parallel()
	one := told{
		name: strings.Repeat("long ", 40), covered: true, until: 2026_04_30,
		extras: []extra{{insurance.TellHealth, strings.Repeat("x", 200)}, {insurance.TellCategory, "farmer"}},
	}
	if got, want := one.text("en"), "You are covered until 30/04/2026. Group: farmer."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestNoOpenReasonTellsOfHealthOrHardship reads every reason that texts tell without being asked.
func TestNoOpenReasonTellsOfHealthOrHardship(t *testing.T) {
	t.Parallel()
	for _, code := range open {
		for _, secret := range []string{"EXEMPT", "HOLIDAY", "WAIVED", "SEASON", "DEPENDANT", "DIED", "NEWBORN"} {
			if strings.Contains(code, secret) {
				t.Errorf("%s is told to whoever reads the phone", code)
			}
		}
		for _, language := range Languages {
			if reasons[code][language] == "" {
				t.Errorf("%s has no words in %s", code, language)
			}
		}
	}
}

func TestEveryReasonHasWordsInEveryLanguage(t *testing.T) {
	t.Parallel()
	for code, words := range reasons {
		for _, language := range Languages {
			if words[language] == "" {
				t.Errorf("%s has no words in %s", code, language)
			}
		}
	}
}

func TestReasonsToldUnaskedAreAboutPayments(t *testing.T) {
	t.Parallel()
	for code := range reasons {
		told := openReason([]cover.Reason{{Code: code}}) != nil
		if want := slices.Contains(open, code); told != want {
			t.Errorf("%s is told: %v", code, told)
		}
	}
	if openReason([]cover.Reason{{Code: cover.PriceNothing}, {Code: cover.OnHoliday}}) != nil {
		t.Error("a text tells a category or a hardship")
	}
}
