package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/schollz/progressbar/v3"

	"sanad.dev/sanad/api"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/shadow"
)

// schemeShadow is `scheme shadow`.
type schemeShadow struct {
	onStore
	shown
	Dir     string `arg:"" help:"The folder of the rule that is to be tried."`
	From    *day   `required:"" help:"The first value date that counts." placeholder:"DAY"`
	To      *day   `required:"" help:"The last one." placeholder:"DAY"`
	Scheme  string `help:"The scheme in the books whose history is looked at; default the one that the folder is called after." placeholder:"CODE"`
	Against string `help:"What to compare with: ${enum}." enum:"in-force,booked" default:"in-force"`
	KeyFile string `help:"File with the key that the members' facts are sealed with." env:"SANAD_KEY_FILE"`
	JSON    bool   `help:"Write JSON for programs."`
}

// Help shows how scheme shadow is used.
func (schemeShadow) Help() string {
	return `Tries a rule on what members really gave, and books nothing: who gains, who loses and what it costs, in all and by sex,
age, disability, cluster, category and reason of refusal, against what the rules in force make due (or what is booked).
Compared is what the contributions of the days from --from through --to make due. Beside the rule stands its universal
twin, the same rule without what refuses by who somebody is: at equal rate, and at equal cost, where all that it makes due
is multiplied by one factor, and rounded down for each member.

What rests on fewer than 10 members is withheld (–), and so is what it could be computed from: where one group is withheld
another is too. Do not publish two runs that differ by few members, for their figures can be subtracted.

It reads one snapshot, straight from the database, and opens the members' sealed facts: it is for who holds the key, and no
server offers it. Exit code 1 says that the folder has mistakes, or that a rule failed for some members.

Examples:
  sanad scheme shadow my-scheme --from 2025-01-01 --to 2025-12-31 --db sqlite:books.db --key-file key
  sanad scheme shadow my-scheme --scheme national-match --from 2025-01-01 --to 2025-12-31
  sanad scheme shadow my-scheme --from 2025-01-01 --to 2025-12-31 --against booked --json`
}

// Run compares.
func (c schemeShadow) Run(ctx context.Context, env Env) error {
	tried, _, err := openProven(ctx, c.Dir)
	if err != nil {
		printProblems(env.Err, asProblems(c.Dir, err))
		return errFound
	}
	report, err := c.compare(ctx, env, tried)
	var fault insurance.Fault
	if errors.As(err, &fault) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(env.Out, report)
	} else {
		printShadow(env.Out, report)
	}
	if err == nil && report.LeftOut != nil {
		err = errFound
	}
	return err
}

func (c schemeShadow) compare(ctx context.Context, env Env, tried *rule.Scheme) (shadow.Report, error) {
	url, err := c.url()
	if err != nil {
		return shadow.Report{}, err
	}
	if err := there(url); err != nil {
		return shadow.Report{}, err
	}
	key, err := keyed{KeyFile: c.KeyFile}.existing()
	if err != nil {
		return shadow.Report{}, err
	}
	runs, db, err := api.OpenShadow(ctx, url, key)
	if err != nil {
		return shadow.Report{}, err
	}
	defer db.Close()
	bar := c.of(env, "judging members", -1, progressbar.OptionShowCount())
	defer bar.done()
	return runs.Run(ctx, c.order(tried), func(p shadow.Progress) { bar.at(p.Members) })
}

func (c schemeShadow) order(tried *rule.Scheme) shadow.Order {
	code := c.Scheme
	if code == "" {
		code = tried.Code
	}
	return shadow.Order{Scheme: ledger.SchemeCode(code), Rule: tried, From: c.From.Date, To: c.To.Date, Against: shadow.Against(c.Against)}
}

// existing reads the key and makes none: where there is no key nothing has been sealed.
func (k keyed) existing() ([]byte, error) {
	path, err := k.path()
	if err != nil {
		return nil, err
	}
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = usageError{fmt.Errorf("there is no key at %s; name the file of the institution's key with --key-file", path)}
	}
	return key, err
}

// baseWords name what the shadow rule is compared with.
var baseWords = map[shadow.Against]string{shadow.InForce: "in force", shadow.Booked: "booked"}

// withheld stands where a figure is not told.
const withheld = "–"

func printShadow(w io.Writer, r shadow.Report) {
	fmt.Fprintf(w, "%s, tried on the history of %s from %s to %s, in %s. Nothing was booked.\n", r.Rule, r.Scheme, r.From, r.To, r.Currency)
	fmt.Fprintf(w, "%s: what rests on fewer than %d members is withheld, and what it could be computed from.\n", withheld, r.Fewest)
	fmt.Fprintln(w)
	all := r.Total
	all.Group = "all"
	printGroups(w, r, "Total", []shadow.Line{all})
	for _, b := range r.Groups {
		fmt.Fprintln(w)
		printGroups(w, r, "By "+b.By, b.Lines)
		if b.Unnamed > 0 {
			fmt.Fprintf(w, "and %s, withheld\n", things(b.Unnamed, "group"))
		}
	}
	fmt.Fprintln(w)
	printTwin(w, r)
	if l := r.LeftOut; l != nil {
		fmt.Fprintf(w, "\n%s members ARE LEFT OUT of all figures: %s.\n", strings.ToUpper(l.Members[:1])+l.Members[1:], strings.Join(l.Why, "; "))
	}
}

// printGroups prints a line for every rule of every group.
func printGroups(w io.Writer, r shadow.Report, head string, lines []shadow.Line) {
	t := newTable("", head, ">Members", "Rule", ">Due", ">Change", ">Gainers", ">Losers", ">Unchanged", ">Gains", ">Losses")
	for _, l := range lines {
		members := withheld
		if l.Members != nil {
			members = counted(*l.Members)
		}
		due := withheld
		if l.Base != "" {
			due = grouped(l.Base)
		}
		t.row(l.Group, members, baseWords[r.Against], due, "", "", "", "", "", "")
		for _, name := range ruleNames(r) {
			t.row(outcomeRow(l, name)...)
		}
	}
	t.print(w)
}

// ruleNames are the rules that a report compares, by their names.
func ruleNames(r shadow.Report) []string {
	if r.Twin.Made {
		return shadow.RuleNames
	}
	return shadow.RuleNames[:1]
}

// outcomeRow are the cells of a rule's line.
func outcomeRow(l shadow.Line, name string) []string {
	cells := []string{"", "", name, withheld, withheld, withheld, withheld, withheld, withheld, withheld}
	for _, o := range l.Rules {
		if o.Rule != name {
			continue
		}
		cells[3], cells[4] = grouped(o.Due), signed(o.Change)
		if s := o.Split; s != nil {
			cells = append(cells[:5], counted(s.Gainers), counted(s.Losers), counted(s.Unchanged), grouped(s.Gains), grouped(s.Losses))
		}
	}
	return cells
}

// signed writes a change with its sign.
func signed(plain string) string {
	if strings.HasPrefix(plain, "-") || strings.Trim(plain, "0.") == "" {
		return grouped(plain)
	}
	return "+" + grouped(plain)
}

// printTwin says what the twin is.
func printTwin(w io.Writer, r shadow.Report) {
	if !r.Twin.Made {
		fmt.Fprintf(w, "No universal twin could be made: %s\n", r.Twin.Why)
		return
	}
	fmt.Fprintln(w, "The twin is the same rule for everybody.")
	if len(r.Twin.Removed) == 0 {
		fmt.Fprintln(w, "It has no gate that could be taken away.")
	}
	for _, removed := range r.Twin.Removed {
		fmt.Fprintln(w, "  Taken away:", removed)
	}
	if r.Twin.Factor != "" {
		fmt.Fprintf(w, "At equal cost it is multiplied by %s; rounding down leaves %s %s.\n", r.Twin.Factor, grouped(r.Twin.Residue), r.Currency)
	}
}
