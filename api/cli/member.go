package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
)

// members are the commands about one member.
type members struct {
	Facts memberFacts `cmd:"" help:"Show what rules judge a member by; record, correct or take back facts."`
	Enrol memberEnrol `cmd:"" help:"Give a member a place in a scheme from a day on."`
	Leave memberLeave `cmd:"" help:"End a member's place in a scheme with a day."`
	Death deaths      `cmd:"" help:"Enter, confirm or undo that a member has died."`
}

// ofMember are the flags of commands about one member.
type ofMember struct {
	onServer
	Member string `required:"" help:"Her number, a phone, a document's number or her id."`
}

// id finds the one member who is named.
func (m ofMember) id(ctx context.Context, env Env, server *client) (string, error) {
	party, err := server.find(ctx, env, m.Member)
	if err == nil && party.Kind() != ledger.MemberKind {
		err = usageError{fmt.Errorf("--member %s is no member", m.Member)}
	}
	return party.ID(), err
}

// do runs what a command asks of a server about the member.
func (m ofMember) do(ctx context.Context, env Env, ask func(ctx context.Context, server *client, id string) error) error {
	server, err := m.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	id, err := m.id(ctx, env, server)
	if err != nil {
		return explained(m.Addr, err)
	}
	return explained(m.Addr, ask(ctx, server, id))
}

// recordedBy are the flags of commands that put something on record.
type recordedBy struct {
	Person  string `help:"Who records it: your name." env:"SANAD_PERSON"`
	Correct string `help:"Why what was recorded before was not so: ${enum}." enum:"better-evidence,own-error,office-error,fraud," default:""`
}

var correctionWords = map[string]sanadv1.Correction{
	"better-evidence": sanadv1.Correction_CORRECTION_BETTER_EVIDENCE,
	"own-error":       sanadv1.Correction_CORRECTION_OWN_ERROR,
	"office-error":    sanadv1.Correction_CORRECTION_OFFICE_ERROR,
	"fraud":           sanadv1.Correction_CORRECTION_FRAUD,
}

func (r recordedBy) check() error {
	if r.Person == "" {
		return usageError{errors.New("say who records it: --person NAME")}
	}
	return nil
}

type memberFacts struct {
	ofMember
	recordedBy
	AsKnownOn  *day              `help:"Show what was known at the end of this day."`
	Set        map[string]string `help:"A value that she declares, such as income=12000; may come several times." mapsep:"none" placeholder:"NAME=VALUE"`
	Category   []string          `help:"A category that she is in, such as farmer; may come several times." sep:"none"`
	Dependant  map[string]string `help:"Somebody covered through her, such as child-1=child (or spouse, parent, other)." mapsep:"none" placeholder:"NAME=KIND"`
	Nominee    map[string]string `help:"Whom she has named to get what she leaves, such as sister=other." mapsep:"none" placeholder:"NAME=KIND"`
	PaidAs     map[string]string `help:"Who is paid for a dependant or nominee named in the same call: a minor's guardian, or herself, such as child-1=payer:7ab3." mapsep:"none" placeholder:"NAME=PARTY"`
	CareCredit []string          `help:"Months that count without money: care, disability or maternity." enum:"care,disability,maternity" sep:"none"`
	BirthDate  *day              `help:"The day of her birth." xor:"birth"`
	BirthYear  int32             `help:"The year of her birth, where the day is not known." xor:"birth"`
	Age        *int32            `help:"Her age as she states it today." xor:"birth"`
	Sex        string            `help:"Her sex: ${enum}." enum:"female,male,other," default:""`
	From       *day              `help:"The first day of what is recorded; without it, always so far."`
	To         *day              `help:"The last day; without it, until further notice."`
	Evidence   string            `help:"What it rests on: ${enum}." enum:"stated,vouched,document,register" default:"stated"`
	TakeBack   []string          `help:"What never held, with its first day in --from: birth, sex, category=NAME, set=NAME, dependant=NAME, nominee=NAME or care-credit=KIND." sep:"none"`
}

// Help shows how member facts is used.
func (memberFacts) Help() string {
	return `Without anything to record it shows what is on record, and what was before. A fact of the same name and first day
is corrected, which needs --correct; one that begins later follows the one before.

Examples:
  sanad member facts --member 4711088822
  sanad member facts --member 4711088822 --as-known-on 2026-03-31
  sanad member facts --member 4711088822 --person amal --set income=12000 --from 2026-01-01 --evidence document
  sanad member facts --member 4711088822 --person amal --dependant child-1=child --paid-as child-1=payer:7ab3 --from 2026-01-01
  sanad member facts --member 4711088822 --person amal --category farmer --birth-year 1980 --sex female
  sanad member facts --member 4711088822 --person amal --birth-date 1980-05-06 --evidence register --correct better-evidence
  sanad member facts --member 4711088822 --person amal --take-back category=farmer --correct office-error`
}

// Run records what is named, or shows what is on record.
func (m memberFacts) Run(ctx context.Context, env Env) error {
	request, err := m.request(env)
	if err != nil {
		return err
	}
	if request == nil {
		return m.do(ctx, env, func(ctx context.Context, server *client, id string) error { return m.show(ctx, env, server, id) })
	}
	if err := m.check(); err != nil {
		return err
	}
	if m.AsKnownOn != nil {
		return usageError{errors.New("--as-known-on shows what was known; facts are recorded today")}
	}
	return m.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		request.MemberId = id
		answer, err := server.members.RecordFacts(ctx, request)
		if err != nil {
			return err
		}
		printFacts(env.Out, answer.GetFacts())
		return nil
	})
}

func (m memberFacts) show(ctx context.Context, env Env, server *client, id string) error {
	answer, err := server.members.GetFacts(ctx, &sanadv1.GetFactsRequest{MemberId: id, AsKnownOn: dateOf(m.AsKnownOn)})
	if err != nil {
		return err
	}
	printFacts(env.Out, answer.GetFacts())
	printSuperseded(env.Out, answer.GetSuperseded())
	return nil
}

// request is what the flags ask to record; nil where they ask for nothing.
func (m memberFacts) request(env Env) (*sanadv1.RecordFactsRequest, error) {
	r := &sanadv1.RecordFactsRequest{Facts: m.facts(env), Person: m.Person, Correction: correctionWords[m.Correct]}
	for name, kind := range m.Dependant {
		if dependantWords[kind] == 0 {
			return nil, usageError{fmt.Errorf("--dependant %s=%s: a dependant is a spouse, child, parent or other", name, kind)}
		}
	}
	for name, kind := range m.Nominee {
		if dependantWords[kind] == 0 {
			return nil, usageError{fmt.Errorf("--nominee %s=%s: a nominee is a spouse, child, parent or other", name, kind)}
		}
	}
	for name := range m.PaidAs {
		if m.Dependant[name] == "" && m.Nominee[name] == "" {
			return nil, usageError{fmt.Errorf("--paid-as %s: name her with --dependant or --nominee too", name)}
		}
	}
	for _, word := range m.TakeBack {
		name, err := factName(word, dateOf(m.From))
		if err != nil {
			return nil, err
		}
		r.TakeBack = append(r.TakeBack, name)
	}
	nothing := &sanadv1.RecordFactsRequest{Facts: &sanadv1.Facts{}, Person: r.GetPerson(), Correction: r.GetCorrection()}
	if r.String() == nothing.String() {
		if m.Correct != "" || m.From != nil || m.To != nil {
			return nil, usageError{errors.New("say what to record: --set, --category, --birth-year, --sex … or --take-back")}
		}
		return nil, nil
	}
	return r, nil
}

func (m memberFacts) facts(env Env) *sanadv1.Facts {
	from, to, rests := dateOf(m.From), dateOf(m.To), evidenceWords[m.Evidence]
	f := &sanadv1.Facts{Sex: sexWords[m.Sex], Birth: m.birth(env)}
	for _, name := range slices.Sorted(maps.Keys(m.Set)) {
		f.Declared = append(f.Declared, &sanadv1.Declaration{Name: name, Value: m.Set[name], From: from, To: to, Evidence: rests})
	}
	for _, name := range m.Category {
		f.Categories = append(f.Categories, &sanadv1.Category{Name: name, From: from, To: to, Evidence: rests})
	}
	for _, name := range slices.Sorted(maps.Keys(m.Dependant)) {
		f.Dependants = append(f.Dependants, &sanadv1.Dependant{Name: name, Kind: dependantWords[m.Dependant[name]], PayTo: m.PaidAs[name], From: from, To: to, Evidence: rests})
	}
	for _, name := range slices.Sorted(maps.Keys(m.Nominee)) {
		f.Nominees = append(f.Nominees, &sanadv1.Nominee{Name: name, Kind: dependantWords[m.Nominee[name]], PayTo: m.PaidAs[name], From: from, To: to, Evidence: rests})
	}
	for _, kind := range m.CareCredit {
		f.CareCredits = append(f.CareCredits, &sanadv1.CareCredit{Kind: careCreditWords[kind], From: from, To: to, Evidence: rests})
	}
	return f
}

func (m memberFacts) birth(env Env) *sanadv1.Birth {
	b := &sanadv1.Birth{Evidence: evidenceWords[m.Evidence]}
	switch {
	case m.BirthDate != nil:
		b.Known = &sanadv1.Birth_Date{Date: dateOf(m.BirthDate)}
	case m.BirthYear != 0:
		b.Known = &sanadv1.Birth_Year{Year: m.BirthYear}
	case m.Age != nil:
		b.Known = &sanadv1.Birth_Age{Age: &sanadv1.StatedAge{Years: *m.Age, On: dateOf(&day{ledger.DateOf(env.Now())})}}
	default:
		return nil
	}
	return b
}

// inScheme are the flags of a place in a scheme.
type inScheme struct {
	ofMember
	recordedBy
	Scheme string `required:"" help:"The scheme's code."`
}

type memberEnrol struct {
	inScheme
	From *day `help:"The first day; today where none is named."`
}

// Help shows how member enrol is used.
func (memberEnrol) Help() string {
	return `Examples:
  sanad member enrol --member 4711088822 --scheme national-basic --person amal
  sanad member enrol --member 4711088822 --scheme national-basic --from 2026-01-01 --person amal
  sanad member enrol --member 4711088822 --scheme national-basic --from 2025-12-01 --person amal --correct office-error`
}

// Run enrols the member.
func (m memberEnrol) Run(ctx context.Context, env Env) error {
	if err := m.check(); err != nil {
		return err
	}
	return m.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		answer, err := server.members.EnrolInScheme(ctx, &sanadv1.EnrolInSchemeRequest{
			MemberId: id, Scheme: m.Scheme, From: dateOf(m.From), Person: m.Person, Correction: correctionWords[m.Correct],
		})
		if err != nil {
			return err
		}
		printFacts(env.Out, &sanadv1.Facts{Enrolments: answer.GetEnrolments()})
		return nil
	})
}

type memberLeave struct {
	inScheme
	To *day `help:"The last day; today where none is named."`
}

// Help shows how member leave is used.
func (memberLeave) Help() string {
	return `Examples:
  sanad member leave --member 4711088822 --scheme national-basic --person amal
  sanad member leave --member 4711088822 --scheme national-basic --to 2026-06-30 --person amal`
}

// Run ends the member's place.
func (m memberLeave) Run(ctx context.Context, env Env) error {
	if err := m.check(); err != nil {
		return err
	}
	return m.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		answer, err := server.members.LeaveScheme(ctx, &sanadv1.LeaveSchemeRequest{
			MemberId: id, Scheme: m.Scheme, To: dateOf(m.To), Person: m.Person, Correction: correctionWords[m.Correct],
		})
		if err != nil {
			return err
		}
		printFacts(env.Out, &sanadv1.Facts{Enrolments: answer.GetEnrolments()})
		return nil
	})
}
