package entitlement

import (
	"slices"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
)

// known is all that is read of one member.
type known struct {
	id      insurance.MemberID
	facts   insurance.Facts
	entries []ledger.Entry
	// own are her holidays, and groups all clusters' of the scheme.
	own, groups []Holiday
	notices     []Notice
	choice      insurance.Choice
	// appeals are the days on which appeals of hers about cover were open.
	appeals []insurance.Days
}

// history is what cover is judged by, of what is known; it is pure. Days of recording are the zone's.
func (k known) history(scheme ledger.SchemeCode, zone *time.Location) cover.History {
	h := cover.History{Scheme: scheme, Facts: k.facts, Payments: paymentsOf(k.entries, scheme, zone), Holidays: k.holidays(scheme, zone)}
	for _, days := range k.appeals {
		h.Holidays = append(h.Holidays, cover.Holiday{Days: days})
	}
	h.Died, _ = died(k.facts)
	for _, n := range k.notices {
		if n.Scheme == scheme && n.State == NoticeGiven {
			h.Notices = append(h.Notices, cover.Notice{Cover: n.Cover, On: n.GivenOn, Ends: n.LapsesOn.AddDays(-1), Closes: n.Closes})
		}
	}
	slices.SortFunc(h.Notices, func(a, b cover.Notice) int { return int(a.On) - int(b.On) })
	return h
}

// died is her day of death, once it is confirmed: an unconfirmed mark takes no cover.
func died(f insurance.Facts) (ledger.Date, bool) {
	on, confirmed := f.Died()
	if !confirmed {
		return 0, false
	}
	return on, true
}

// paymentsOf are what the entries put into the member's pots, and took back. Money counts from its value date; what is
// taken back, from the day on which it was taken, for cover that was given by then stands (L6). What makes good a pot
// that was found used, at the reversal, is the money behind the cover that was given.
func paymentsOf(entries []ledger.Entry, scheme ledger.SchemeCode, zone *time.Location) []cover.Payment {
	byID := make(map[ledger.ID]ledger.Entry, len(entries))
	for _, e := range entries {
		byID[e.ID] = e
	}
	find := func(id ledger.ID) (ledger.Entry, bool) { e, ok := byID[id]; return e, ok }
	var payments []cover.Payment
	for _, e := range entries {
		if e.Kind == insurance.KindCoverEarned {
			continue
		}
		given, _ := insurance.GivenBy(e, find)
		for _, p := range e.Postings {
			if p.Account.Party != e.Party || p.Account.Scheme != scheme || p.Account.Code == ledger.BenefitsPayable {
				continue
			}
			payment := cover.Payment{On: e.ValueOn, Minor: p.Credit - p.Debit, Account: p.Account.Code, Payer: given.Payer}
			if payment.Minor < 0 {
				payment.On = max(payment.On, ledger.DateOf(e.RecordedAt.In(zone)))
			}
			payments = append(payments, payment)
		}
	}
	return payments
}

// holidays are hers, and those of clusters on the days that she belonged to them.
func (k known) holidays(scheme ledger.SchemeCode, zone *time.Location) []cover.Holiday {
	var all []cover.Holiday
	for _, h := range k.own {
		if h.Scheme == scheme && h.Last() >= h.From {
			all = append(all, cover.Holiday{Days: insurance.Days{From: h.From, To: h.Last()}, Reason: string(h.Reason)})
		}
	}
	for _, h := range k.groups {
		if h.Last() < h.From {
			continue
		}
		for _, days := range k.daysIn(h) {
			all = append(all, cover.Holiday{Days: days, Reason: string(h.Reason)})
		}
	}
	return all
}

// daysIn are the days of the holiday on which the member belonged to its cluster.
func (k known) daysIn(h Holiday) []insurance.Days {
	holiday := insurance.Days{From: h.From, To: h.Last()}
	var all []insurance.Days
	add := func(d insurance.Days) {
		if shared, ok := common(d, holiday); ok {
			all = append(all, shared)
		}
	}
	switch h.Group.Kind {
	case ByCategory:
		for _, c := range k.facts.Categories {
			if c.Name == h.Group.Name {
				add(c.Days)
			}
		}
	case ByCluster, ByRegion:
		for _, d := range k.facts.Declared {
			if d.Name == string(h.Group.Kind) && d.Value == h.Group.Name {
				add(d.Days)
			}
		}
	case ByCollector:
		if k.paidThrough(insurance.CollectorID(h.Group.Name), holiday) {
			add(insurance.Days{})
		}
	}
	return all
}

// common are the days of both; false where there is none.
func common(a, b insurance.Days) (insurance.Days, bool) {
	both := insurance.Days{From: max(a.From, b.From), To: b.To}
	if a.To != 0 && (b.To == 0 || a.To < b.To) {
		both.To = a.To
	}
	return both, both.To == 0 || both.From <= both.To
}

// paidThrough says whether she gave anything through the collector in the year before the days, or on them.
func (k known) paidThrough(collector insurance.CollectorID, days insurance.Days) bool {
	since := days.From - 1_00_00
	return slices.ContainsFunc(k.entries, func(e ledger.Entry) bool {
		if e.Kind != insurance.KindContribution || e.ValueOn < since || e.ValueOn > days.To {
			return false
		}
		return e.Touches(collector.Party())
	})
}
