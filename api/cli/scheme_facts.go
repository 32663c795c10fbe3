package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// described is the member and what she gave, as the flags say it, in the form of an example.
func (c schemeExplain) described(scheme *rule.Scheme) (x rule.Example, err error) {
	if x.On, err = dayOf("--on", c.On); err != nil {
		return x, err
	}
	if x.Contributions, err = contributionsOf(c.Contributions); err != nil {
		return x, err
	}
	if x.Withdrawals, err = withdrawalsOf(c.Withdrawals); err != nil {
		return x, err
	}
	for _, item := range listed(c.Member) {
		name, value, ok := strings.Cut(item, "=")
		if !ok {
			return x, fmt.Errorf("--member: write %q as name=value, such as birth=1998-01-01", item)
		}
		if err := describe(scheme, &x, name, value); err != nil {
			return x, err
		}
	}
	return x, nil
}

// listed are the parts of a list that is written with commas.
func listed(text string) []string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// describe notes one thing that is known of the member.
func describe(scheme *rule.Scheme, x *rule.Example, name, value string) (err error) {
	who := &x.Member
	switch name {
	case "birth":
		who.Birth, err = dayOf("--member birth", value)
	case "birth_year":
		who.BirthYear, err = wholeOf("--member birth_year", value)
	case "age":
		who.Age, err = statedAge(x, value)
	case "sex":
		who.Sex = value
	case "enrolled":
		who.Enrolled, err = dayOf("--member enrolled", value)
	case "category":
		who.Categories = append(who.Categories, value)
		err = knownCategory(scheme, value)
	case "dependants":
		who.Dependants, err = wholeOf("--member dependants", value)
	default:
		err = declare(scheme, who, name, value)
	}
	return err
}

func knownCategory(scheme *rule.Scheme, name string) error {
	if slices.Contains(scheme.Categories, name) {
		return nil
	}
	return fmt.Errorf("--member category: %q is none of the scheme's: %s", name, orNone(scheme.Categories))
}

func declare(scheme *rule.Scheme, who *rule.Person, name, value string) error {
	if _, asked := scheme.Facts[name]; !asked {
		var names []string
		for fact := range scheme.Facts {
			names = append(names, fact)
		}
		slices.Sort(names)
		return fmt.Errorf("--member: the scheme asks for no %q; say birth, birth_year, age, sex, enrolled, category, dependants, or of its own facts: %s",
			name, orNone(names))
	}
	if who.Facts == nil {
		who.Facts = map[string]string{}
	}
	who.Facts[name] = value
	return nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "it has none"
	}
	return strings.Join(names, ", ")
}

// statedAge is an age on the day asked for.
func statedAge(x *rule.Example, value string) (*rule.StatedAge, error) {
	years, err := wholeOf("--member age", value)
	on := x.On
	if on == 0 && len(x.Contributions) > 0 {
		on = x.Contributions[len(x.Contributions)-1].On
	}
	if err == nil && on == 0 {
		err = fmt.Errorf("--member age: say with --on for which day, or write birth=")
	}
	return &rule.StatedAge{Years: years, On: on}, err
}

func dayOf(what, text string) (rule.Day, error) {
	if text == "" {
		return 0, nil
	}
	day, err := ledger.ParseDate(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is not a day such as 2026-03-02", what, text)
	}
	return rule.Day(day), nil
}

func wholeOf(what, text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 9999 {
		return 0, fmt.Errorf("%s: %q is not a whole number", what, text)
	}
	return n, nil
}

// contributionsOf reads "2026-01-15=100,2026-02-15x3=20:family".
func contributionsOf(text string) ([]rule.Paid, error) {
	var all []rule.Paid
	for _, item := range listed(text) {
		when, what, ok := strings.Cut(item, "=")
		if !ok {
			return nil, fmt.Errorf("--contributions: write %q as DAY=AMOUNT, such as 2026-01-15=100", item)
		}
		paid, err := paidOf(when, what)
		if err != nil {
			return nil, err
		}
		all = append(all, paid)
	}
	return all, nil
}

func paidOf(when, what string) (p rule.Paid, err error) {
	day, months, repeated := strings.Cut(when, "x")
	if p.On, err = dayOf("--contributions", day); err != nil {
		return p, err
	}
	if repeated {
		p.From = p.On
		if p.Months, err = wholeOf("--contributions", months); err != nil {
			return p, err
		}
	}
	parts := strings.SplitN(what, ":", 3)
	amount, err := exact.Parse(parts[0])
	if err != nil {
		return p, fmt.Errorf("--contributions: %w", err)
	}
	p.Amount.Number = amount
	if len(parts) > 1 {
		p.Payer = parts[1]
	}
	if len(parts) > 2 {
		p.Account = parts[2]
	}
	return p, nil
}

func withdrawalsOf(text string) ([]rule.Withdrawn, error) {
	paid, err := contributionsOf(text)
	if err != nil {
		return nil, fmt.Errorf("--withdrawals: %w", err)
	}
	var all []rule.Withdrawn
	for _, p := range paid {
		all = append(all, rule.Withdrawn{On: p.On, Amount: p.Amount})
	}
	return all, nil
}

func isUsage(err error) bool {
	var usage usageError
	return errors.As(err, &usage)
}
