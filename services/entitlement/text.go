package entitlement

import (
	"fmt"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Languages are those that members are written to in.
var Languages = []string{"ar", "en", "fr"}

// told is what a text says: no diagnosis, no pregnancy, no category and no balance are in it but as extras, which are
// there only where the member chose so.
type told struct {
	// name is the scheme's, as it calls itself.
	name    string
	covered bool
	// closes says that it warns of closing.
	closes bool
	// until is the last day of cover, and from the first where it has not begun; zero where there is none.
	until, from ledger.Date
	// pay by the day is the smallest payment that changes the answer; zero where no payment does.
	pay ledger.Money
	by  ledger.Date
	// why is a sentence by language on the reason, and extras are what she chose to be told besides.
	why    map[string]string
	extras []extra
}

// extra is something that a member chose to be told: what it is, and its value as the scheme writes it.
type extra struct {
	topic insurance.TextTopic
	value string
}

// saying is a case of what is to be told.
type saying int

const (
	sayCovered saying = iota
	sayCoveredUntil
	sayCoveredPay
	sayWaiting
	sayNotCovered
	sayNotCoveredPay
	sayEmergency
	sayCloses
	sayClosesPay
)

// sayings are the words by language, the fullest first: the first that fits one message is sent. The last of each fits
// with any date and any amount. They take the last day, the first day, the amount and the day to pay by.
var sayings = map[string]map[saying][]string{
	"en": {
		sayCovered:       {"You are covered."},
		sayCoveredUntil:  {"You are covered until %[1]s."},
		sayCoveredPay:    {"You are covered until %[1]s. Pay %[3]s by %[4]s to stay covered."},
		sayWaiting:       {"Your cover begins on %[2]s."},
		sayNotCovered:    {"You are not covered now. Ask your fund what to do."},
		sayNotCoveredPay: {"You are not covered now. Pay %[3]s by %[4]s to be covered."},
		sayEmergency:     {"Emergency care is never refused."},
		sayCloses:        {"Your cover closes after %[1]s. Ask your fund how to keep it."},
		sayClosesPay:     {"Your cover closes after %[1]s. Pay %[3]s by %[4]s to keep it."},
	},
	"fr": {
		sayCovered:       {"Vous avez une couverture."},
		sayCoveredUntil:  {"Votre couverture va jusqu'au %[1]s."},
		sayCoveredPay:    {"Votre couverture va jusqu'au %[1]s. Payez %[3]s au plus tard le %[4]s pour la garder."},
		sayWaiting:       {"Votre couverture commence le %[2]s."},
		sayNotCovered:    {"Vous n'avez pas de couverture. Demandez quoi faire à votre caisse."},
		sayNotCoveredPay: {"Vous n'avez pas de couverture. Payez %[3]s au plus tard le %[4]s pour en avoir une."},
		sayEmergency:     {"Les urgences sont toujours soignées."},
		sayCloses:        {"Votre couverture sera fermée après le %[1]s. Demandez à votre caisse."},
		sayClosesPay:     {"Votre couverture sera fermée après le %[1]s. Payez %[3]s au plus tard le %[4]s pour la garder."},
	},
	"ar": {
		sayCovered:       {"تغطيتك سارية."},
		sayCoveredUntil:  {"تغطيتك سارية لغاية %[1]s."},
		sayCoveredPay:    {"تغطيتك سارية لغاية %[1]s. بدفع %[3]s لغاية %[4]s تستمر.", "سارية حتى %[1]s. بدفع %[3]s حتى %[4]s تمتد", "سارية حتى %[1]s. للدفع %[3]s حتى %[4]s"},
		sayWaiting:       {"تبدأ تغطيتك في %[2]s."},
		sayNotCovered:    {"تغطيتك غير سارية. راجع صندوقك."},
		sayNotCoveredPay: {"تغطيتك غير سارية. بدفع %[3]s لغاية %[4]s تصبح سارية.", "غير سارية. بدفع %[3]s حتى %[4]s تسري", "غير سارية. للدفع %[3]s حتى %[4]s"},
		sayEmergency:     {"علاج الطوارئ لا يُرفض."},
		sayCloses:        {"تغلق تغطيتك بعد %[1]s. راجع صندوقك."},
		sayClosesPay:     {"تغلق تغطيتك بعد %[1]s. بدفع %[3]s لغاية %[4]s تبقى.", "تغلق بعد %[1]s. بدفع %[3]s حتى %[4]s تبقى", "تغلق بعد %[1]s. للدفع %[3]s حتى %[4]s"},
	},
}

// topics are what an extra is called, by language.
var topics = map[string]map[insurance.TextTopic]string{
	"en": {insurance.TellHealth: "Cover", insurance.TellCategory: "Group", insurance.TellBalance: "Left"},
	"fr": {insurance.TellHealth: "Couverture", insurance.TellCategory: "Groupe", insurance.TellBalance: "Reste"},
	"ar": {insurance.TellHealth: "التغطية", insurance.TellCategory: "الفئة", insurance.TellBalance: "الباقي"},
}

// saying is the case, from what there is to tell.
func (t told) saying() saying {
	pays := t.pay.Minor > 0 && t.by != 0
	switch {
	case t.closes && pays:
		return sayClosesPay
	case t.closes:
		return sayCloses
	case t.covered && t.until == 0:
		return sayCovered
	case t.covered && pays:
		return sayCoveredPay
	case t.covered:
		return sayCoveredUntil
	case t.from != 0:
		return sayWaiting
	case pays:
		return sayNotCoveredPay
	}
	return sayNotCovered
}

// text is one message in the language, which always fits: what must be said, then as much of the rest as there is room
// for.
func (t told) text(language string) string {
	words := sayings[language]
	text := ""
	for _, w := range words[t.saying()] {
		if text = t.fill(w); insurance.FitsSMS(text) {
			break
		}
	}
	if !t.covered {
		text = fitting(text, " "+words[sayEmergency][0])
	}
	if why := t.why[language]; why != "" {
		text = fitting(text, " "+why)
	}
	for _, e := range t.extras {
		text = fitting(text, fmt.Sprintf(" %s: %s.", topics[language][e.topic], e.value))
	}
	if named := t.name + ": " + text; t.name != "" && insurance.FitsSMS(named) {
		return named
	}
	return text
}

// fill puts the dates and the amount into the words. What the words have no place for stays out.
func (t told) fill(words string) string {
	return strings.NewReplacer("%[1]s", dayText(t.until), "%[2]s", dayText(t.from), "%[3]s", t.pay.String(), "%[4]s", dayText(t.by)).Replace(words)
}

// fitting adds the rest where both fit one message together.
func fitting(text, rest string) string {
	if insurance.FitsSMS(text + rest) {
		return text + rest
	}
	return text
}

// dayText writes a day as it is written where Sanad is used: 30/04/2026.
func dayText(d ledger.Date) string {
	return fmt.Sprintf("%02d/%02d/%04d", d.Day(), d.Month(), d.Year())
}

// texts are the message in every language.
func (t told) texts() map[string]string {
	all := make(map[string]string, len(Languages))
	for _, language := range Languages {
		all[language] = t.text(language)
	}
	return all
}
