package entitlement

import (
	"slices"

	"sanad.dev/sanad/services/cover"
)

// sentence is what a reason means, by language.
type sentence map[string]string

// reasons are what the coded reasons of cover mean to the member: in English where the answer itself says nothing more
// exact, and in the other languages.
var reasons = map[string]sentence{
	cover.Paid:              {"en": "Your payments cover this day.", "fr": "Vos paiements couvrent ce jour.", "ar": "مدفوعاتك تغطي هذا اليوم."},
	cover.MonthsMet:         {"en": "Enough of your months count.", "fr": "Assez de vos mois comptent.", "ar": "عدد أشهرك المحتسبة كاف."},
	cover.PriceNothing:      {"en": "Cover costs you nothing.", "fr": "La couverture ne vous coûte rien.", "ar": "تغطيتك بلا مقابل."},
	cover.YearEarned:        {"en": "You earned this year's cover by what you gave in the year before.", "fr": "Vos paiements de l'année passée donnent droit à la couverture de cette année.", "ar": "ما دفعته في السنة الماضية يمنحك تغطية هذه السنة."},
	cover.InGrace:           {"en": "You are in the days of grace.", "fr": "Vous êtes dans le délai de grâce.", "ar": "أنت في أيام المهلة."},
	cover.NotNotified:       {"en": "Nobody has told you that cover ends, so it does not.", "fr": "Personne ne vous a avisé d'une fin: la couverture continue.", "ar": "لم يبلغك أحد بانتهاء التغطية، فهي مستمرة."},
	cover.NoticeRuns:        {"en": "You were told that cover ends unless you pay.", "fr": "Vous êtes avisé: sans paiement, la couverture prendra fin.", "ar": "تم إبلاغك بأن التغطية تنتهي إن لم يدفع شيء."},
	cover.OnHoliday:         {"en": "These days are a hardship holiday; they do not count against you.", "fr": "Ces jours sont un répit pour difficulté; ils ne comptent pas contre vous.", "ar": "هذه أيام إعفاء بسبب الضيق ولا تحتسب عليك."},
	cover.OutOfSeason:       {"en": "It is out of season; these days do not count against you.", "fr": "C'est hors saison; ces jours ne comptent pas contre vous.", "ar": "نحن خارج الموسم ولا تحتسب هذه الأيام عليك."},
	cover.WaitingRuns:       {"en": "The waiting period has not passed yet.", "fr": "Le délai d'attente n'est pas encore écoulé.", "ar": "لم تنته فترة الانتظار بعد."},
	cover.WaitingWaived:     {"en": "You need not wait.", "fr": "Vous n'avez pas de délai d'attente.", "ar": "لا فترة انتظار عليك."},
	cover.NothingPaid:       {"en": "Nothing was paid for this cover yet.", "fr": "Rien n'est encore payé pour cette couverture.", "ar": "لم يدفع شيء لهذه التغطية بعد."},
	cover.TooLittlePaid:     {"en": "What was paid does not make a whole day yet; it is kept.", "fr": "Le montant payé ne fait pas encore un jour entier; il est gardé.", "ar": "ما دفع لا يكفي يوما كاملا بعد، وهو محفوظ."},
	cover.MonthsMissing:     {"en": "Not enough of your months count yet.", "fr": "Il manque encore des mois.", "ar": "ينقص عدد من الأشهر."},
	cover.PaidAfterEvent:    {"en": "What was paid after the event does not count for it.", "fr": "Ce qui est payé après l'événement ne compte pas pour lui.", "ar": "ما دفع بعد الحدث لا يحتسب له."},
	cover.LapsedAfterNotice: {"en": "Cover ended after a notice.", "fr": "La couverture a pris fin après un avis.", "ar": "انتهت التغطية بعد إشعار."},
	cover.SilentFrozen:      {"en": "Cover rests until your next payment.", "fr": "La couverture est en repos jusqu'au prochain paiement.", "ar": "التغطية متوقفة حتى دفعتك القادمة."},
	cover.SilentDeactivated: {"en": "Cover rests; the waiting days begin anew with your next payment.", "fr": "La couverture est en repos; le délai d'attente reprend au prochain paiement.", "ar": "التغطية متوقفة، وتبدأ فترة الانتظار من جديد مع دفعتك القادمة."},
	cover.SilentClosed:      {"en": "This cover was closed after a notice; you can join anew.", "fr": "Cette couverture a été fermée après un avis; vous pouvez adhérer de nouveau.", "ar": "أغلقت هذه التغطية بعد إشعار، ويمكنك الانضمام من جديد."},
	cover.NotEnrolled:       {"en": "There is no place in the scheme on the day.", "fr": "Il n'y a pas d'inscription au régime à cette date.", "ar": "لا يوجد تسجيل في النظام في هذا اليوم."},
	cover.MemberDied:        {"en": "The member has died.", "fr": "L'assuré est décédé.", "ar": "توفي صاحب التأمين."},
	cover.NotOfTheKind:      {"en": "The cover is not for dependants of this kind.", "fr": "La couverture ne vaut pas pour ce lien de parenté.", "ar": "لا تشمل التغطية هذه الصلة."},
	cover.NotADependant:     {"en": "No dependant of that name is on record.", "fr": "Aucune personne à charge de ce nom n'est connue.", "ar": "لا يوجد معال بهذا الاسم."},
	cover.NotYetDependant:   {"en": "The dependant is on record for later days only.", "fr": "La personne à charge n'est inscrite que pour plus tard.", "ar": "المعال مسجل لأيام لاحقة فقط."},
	cover.TooOld:            {"en": "The dependant has come of age.", "fr": "La personne à charge a passé la limite d'âge.", "ar": "تجاوز المعال حد السن."},
	cover.Separated:         {"en": "The dependant is one no more.", "fr": "La personne n'est plus à charge.", "ar": "لم يعد الشخص معالا."},
	cover.TooMany:           {"en": "More dependants are on record than the scheme covers.", "fr": "Plus de personnes à charge que le régime n'en couvre.", "ar": "عدد المعالين أكثر مما يغطيه النظام."},
	cover.KeptAfterAge:      {"en": "Cover is kept for some days after coming of age.", "fr": "La couverture est gardée quelque temps après la limite d'âge.", "ar": "تستمر التغطية مدة بعد حد السن."},
	cover.KeptAfterEnd:      {"en": "Cover is kept for some days after the separation.", "fr": "La couverture est gardée quelque temps après la séparation.", "ar": "تستمر التغطية مدة بعد الانفصال."},
	cover.KeptAfterDeath:    {"en": "Cover is kept for some days after the member's death.", "fr": "La couverture est gardée quelque temps après le décès.", "ar": "تستمر التغطية مدة بعد الوفاة."},
	cover.NewbornCovered:    {"en": "A child is covered from birth for its first days.", "fr": "Un enfant est couvert dès la naissance pour ses premiers jours.", "ar": "المولود مغطى منذ ولادته في أيامه الأولى."},
	cover.NewbornTooOld:     {"en": "The first days have passed; enrol the child.", "fr": "Les premiers jours sont passés; inscrivez l'enfant.", "ar": "انتهت الأيام الأولى، سجل الطفل."},
	cover.NoSuchRule:        {"en": "The scheme has no such cover on the day.", "fr": "Le régime n'a pas cette couverture à cette date.", "ar": "لا يوجد في النظام هذه التغطية في هذا اليوم."},
	cover.PriceUnknown:      {"en": "What cover costs you can't be told: something about you is not on record.", "fr": "Le prix ne peut être dit: il manque une donnée sur vous.", "ar": "لا يمكن تحديد السعر لنقص في بياناتك."},
	cover.TakenUpAgain:      {"en": "Cover was taken up again a short time ago.", "fr": "La couverture a repris il y a peu.", "ar": "استؤنفت التغطية منذ وقت قصير."},
}

// textsOf are what a reason means, by language: in English the answer's own sentence, which is the most exact, and so for
// a reason that the scheme has named itself.
func textsOf(r cover.Reason) map[string]string {
	texts := make(map[string]string, len(Languages))
	for language, text := range reasons[r.Code] {
		texts[language] = text
	}
	if r.Text != "" {
		texts["en"] = r.Text
	}
	return texts
}

// open are the reasons that a text may tell to whoever reads it on her phone: they are about payments and days alone. The
// others, such as that cover costs her nothing, would tell a category, a pregnancy or a hardship.
var open = []string{cover.WaitingRuns, cover.NothingPaid, cover.MonthsMissing, cover.LapsedAfterNotice}

// openReason is the first reason that a text may tell, by language; nil where none is.
func openReason(all []cover.Reason) map[string]string {
	for _, r := range all {
		if slices.Contains(open, r.Code) {
			return reasons[r.Code]
		}
	}
	return nil
}
