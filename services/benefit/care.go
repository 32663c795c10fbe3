package benefit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// item is a line of a claim for care on its way.
type item struct {
	*line
	Line
	price *rule.Price
	care  rule.Care
	// stay says that it is counted by the day; units are its days, or how many.
	stay  bool
	units int64
	// protected care is never refused for want of cover; free care has no co-payment.
	protected, free bool
	// worth is what it comes to, or a day of a stay, by which it comes before others where not all can be granted.
	worth exact.Number
	// counts are the days that count towards limits, after those that another stay has.
	counts int64
	// cost is what is left of it before her own part: what a charge is a share of.
	cost int64
}

// care judges the lines of a claim for care. What the price list, the law and a missing referral take off is taken line
// by line. What lines share, which is duplicates, days, ceilings and limits, goes first to the line that is worth most,
// or of which a day is, so that no other order, and no claim in pieces, comes to more.
func (j *judge) care() ([]*line, error) {
	right, err := j.right()
	if err != nil {
		return nil, err
	}
	items := make([]*item, len(j.c.Claim.Lines))
	for i, l := range j.c.Claim.Lines {
		items[i] = j.item(l)
		if err := j.alone(items[i], right); err != nil {
			return nil, err
		}
	}
	if err := j.together(items); err != nil {
		return nil, err
	}
	lines := make([]*line, len(items))
	for i := range items {
		lines[i] = items[i].line
	}
	return lines, nil
}

// item is the line as the price list knows it.
func (j *judge) item(l Line) *item {
	x := &item{line: newLine(l.Item, l.Minor), Line: l, price: j.scheme.PriceOf(l.Item), care: l.Care}
	x.on = l.On
	x.stay = l.To != 0
	if x.price != nil {
		x.care, x.stay = x.price.Care, x.price.Stay
	}
	if x.To == 0 {
		x.To = x.On
	}
	if x.units = max(1, x.Quantity); x.stay {
		x.units = int64(daysFrom(x.On, x.To))
		x.days = x.units
	}
	event := j.c.Claim.Event
	x.free = slices.Contains(ofBirth, x.care) || event.Kind.OfPregnancy()
	x.protected = x.free || event.Emergency || x.care == rule.EmergencyCare
	return x
}

// alone takes off what depends on the line alone.
func (j *judge) alone(x *item, right []Why) error {
	switch why := j.outside(x); {
	case why != nil:
		x.refuse(*why)
	case len(right) > 0 && !x.protected:
		for _, why := range right {
			x.refuse(why)
		}
	case len(right) > 0:
		j.authorise(x)
	}
	if x.left == 0 {
		return nil
	}
	if err := j.priced(x); err != nil {
		return err
	}
	return j.referred(x)
}

// outside says why the benefit does not hold the item at all.
func (j *judge) outside(x *item) *Why {
	for i := range j.b.Exclusions {
		e := &j.b.Exclusions[i]
		if slices.Contains(e.Items, x.Item) || slices.Contains(e.Care, x.care) {
			return &Why{Reason: e.Reason, Rule: j.rule(fmt.Sprintf("exclusions[%d]", i)), Text: cmp.Or(e.Text, e.What+" is not covered"), Change: e.Law}
		}
	}
	switch {
	case x.price == nil && len(j.scheme.Prices) > 0:
		return &Why{Reason: NotInPriceList, Rule: "prices", Text: "the item is not on the price list", Change: "send it by its code in the price list"}
	case len(j.b.Covers) > 0 && !slices.Contains(j.b.Covers, x.care):
		return &Why{Reason: CareNotCovered, Rule: j.rule("covers"), Text: fmt.Sprintf("the benefit does not hold care of the kind %s", cmp.Or(x.care, "that is not said"))}
	}
	return nil
}

// authorise grants care that could not wait to somebody without cover, and says who bears it.
func (j *judge) authorise(x *item) {
	reason := EmergencyUncovered
	if x.free {
		reason = BirthUncovered
	}
	x.borneBy = j.bearer
	if j.b.WithoutCover != "" && j.b.WithoutCover != "pool" {
		x.borneBy = ledger.Party(ledger.FunderKind + ":" + j.b.WithoutCover)
	}
	x.note(0, Why{Reason: reason, Rule: j.rule("without_cover"), Text: fmt.Sprintf("the care is authorised without cover; %s bears it", x.borneBy)})
}

// priced takes off what is above the price list.
func (j *judge) priced(x *item) error {
	if x.price == nil {
		return nil
	}
	in := j.at(x)
	in.On = x.On
	price, refusal, err := j.scheme.PriceAt(x.price, x.Level, in)
	if err != nil {
		return fmt.Errorf("price of %s: %w", x.Item, err)
	}
	if refusal != nil {
		x.refuse(Why{Reason: refusal.Reason, Rule: "prices." + x.Item, Text: refusal.Text})
		return nil
	}
	most, _, err := j.floor(price.Times(exact.Int(x.units)))
	if err != nil {
		return fmt.Errorf("price of %s: %w", x.Item, err)
	}
	x.downTo(most, Why{Reason: AbovePrice, Rule: "prices." + x.Item, Text: fmt.Sprintf("the price list pays %s", j.cash(most))})
	return nil
}

// at is what values see of the item: the level of care besides what they see of the event.
func (j *judge) at(x *item) rule.Input {
	in := j.in
	in.Words = map[string]string{"event": string(j.c.Claim.Event.Kind), "level": x.Level}
	return in
}

// referred takes off what the scheme does not pay of care that nobody sent her to.
func (j *judge) referred(x *item) error {
	r := j.b.Referral
	if r == nil || x.Referred || x.protected || x.left == 0 || j.scheme.LevelOf(x.Level) <= j.scheme.LevelOf(r.Above) {
		return nil
	}
	why := Why{
		Reason: NotReferred, Rule: j.rule("referral"), Text: fmt.Sprintf("care above the level %s is for those whom it has sent", r.Above),
		Change: "send the referral with the claim, if there is one",
	}
	if r.Pays == nil {
		x.refuse(why)
		return nil
	}
	pays, refusal, err := j.scheme.Compute(r.Pays, j.at(x), rule.Greater)
	if err != nil || refusal != nil {
		return err
	}
	most, err := part(pays, x.left)
	if err != nil {
		return err
	}
	x.downTo(most, why)
	return nil
}

// together takes off what lines share.
func (j *judge) together(items []*item) error {
	order := slices.DeleteFunc(slices.Clone(items), func(x *item) bool { return x.left == 0 })
	for _, x := range order {
		if err := j.weigh(x); err != nil {
			return err
		}
	}
	slices.SortStableFunc(order, func(a, b *item) int { return a.compare(b) })
	j.duplicates(order)
	for _, share := range []func([]*item) error{j.limitDays, j.coPay, j.charge, j.limitAmounts} {
		if err := share(order); err != nil {
			return err
		}
	}
	return nil
}

// weigh computes what the item, or a day of a stay, is worth to her, after a co-payment without its ceiling.
func (j *judge) weigh(x *item) error {
	co, err := j.coPayment(x)
	if err != nil {
		return err
	}
	x.worth = exact.Int(x.left - min(co, x.left))
	if x.stay {
		x.worth = x.worth.Over(exact.Int(x.units))
	}
	return x.worth.Err()
}

// compare puts the line that is worth most first, and leaves no two lines that differ without an order.
func (x *item) compare(y *item) int {
	referred := func(i *item) int {
		if i.Referred {
			return 0
		}
		return 1
	}
	return cmp.Or(
		y.worth.Cmp(x.worth), cmp.Compare(x.On, y.On), cmp.Compare(x.To, y.To), strings.Compare(x.Item, y.Item), cmp.Compare(y.left, x.left),
		strings.Compare(x.Level, y.Level), cmp.Compare(y.asked, x.asked), cmp.Compare(x.units, y.units), referred(x)-referred(y),
		strings.Compare(string(x.care), string(y.care)),
	)
}

// duplicates refuses what has been granted for the person, item and day already, and the days of a stay on which she lay
// elsewhere.
func (j *judge) duplicates(order []*item) {
	seen, lain := map[string]Why{}, map[ledger.Date]Why{}
	for _, e := range j.c.History {
		if e.person() != j.c.Claim.person() || e.Claim == j.c.Claim.ID || e.Minor == 0 {
			continue
		}
		why := j.already(e)
		seen[sameDay(e.Item, e.On)] = why
		for d := e.On; e.Days > 0 && e.To != 0 && d <= e.To; d = d.AddDays(1) {
			lain[d] = why
		}
	}
	for _, x := range order {
		if x.stay {
			j.overlaps(x, lain)
			continue
		}
		if why, twice := seen[sameDay(x.Item, x.On)]; twice {
			x.refuse(why)
			continue
		}
		seen[sameDay(x.Item, x.On)] = Why{Reason: Duplicate, Rule: "duplicates", Text: "the same item stands in this claim for the same day", Change: "write it once, with its quantity"}
	}
}

func sameDay(item string, on ledger.Date) string { return item + " " + on.String() }

// already says where the same thing was granted before.
func (j *judge) already(e Earlier) Why {
	if e.Scheme != j.c.Scheme || e.Member != j.c.Claim.Member {
		return Why{Reason: PaidElsewhere, Rule: "duplicates", Text: "another cover of the same person has paid it; who is covered twice is paid once"}
	}
	return Why{Reason: Duplicate, Rule: "duplicates", Text: fmt.Sprintf("claim %s was granted it", e.Claim)}
}

// overlaps takes off the days of a stay that another stay of the same person has.
func (j *judge) overlaps(x *item, lain map[ledger.Date]Why) {
	x.counts = x.units
	var because Why
	for d := x.On; d <= x.To; d = d.AddDays(1) {
		if why, other := lain[d]; other {
			x.counts--
			because = why
			continue
		}
		lain[d] = Why{Text: "another stay of this claim has the day"}
	}
	if x.counts == x.units {
		return
	}
	if because.Reason != PaidElsewhere {
		because.Reason = StayOverlaps
	}
	because.Rule = "duplicates"
	because.Text = fmt.Sprintf("%d of %d days: %s", x.units-x.counts, x.units, because.Text)
	x.keep(x.counts, x.units, because)
}

// keep leaves so many of the days that the item has.
func (x *item) keep(days, of int64, why Why) {
	most, _ := exact.Int(x.left).Times(exact.Share(days, of)).Round(exact.Down, exact.Int(1)).Whole()
	x.downTo(most, why)
	x.days, x.counts = days, days
}
