package cli

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"sanad.dev/sanad/api"
	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/enrolment"
	enrolmentsql "sanad.dev/sanad/services/enrolment/sqlstore"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/rule"

	"sanad.dev/sanad/ledger/sqldb"
	ledgersql "sanad.dev/sanad/ledger/sqlstore"
)

// benchCover measures answers about cover, against a server of its own that holds members with a year of payments.
type benchCover struct {
	DB      string `name:"db" help:"SQLite database to fill; default a temporary file. One that a run before this one has filled is used as it is."`
	Members int    `default:"20000" help:"Members, each with twelve payments; every hundredth pays daily."`
	Calls   int    `default:"5000" help:"Single calls, one after another, each for a member at random."`
	JSON    bool   `name:"json" help:"Print the figures as one JSON object."`
}

// Help shows how bench-cover is used.
func (benchCover) Help() string {
	return `It writes the members, their facts and their payments straight into the database, starts a server in a process of its
own, and asks it over gRPC: single calls one after another, half as the member and half as a provider, and then a stream
of many.

Examples:
  sanad bench-cover
  sanad bench-cover --members 1000000 --db sqlite:/var/tmp/cover.db --json`
}

// coverFigures are what answers took.
type coverFigures struct {
	Engine  string  `json:"engine"`
	Members int     `json:"members"`
	Entries int64   `json:"entries"`
	Calls   int     `json:"calls"`
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
	Longest float64 `json:"longest_ms"`
	Batch   float64 `json:"batch_per_second"`
	Covered int     `json:"covered"`
	RSS     float64 `json:"rss_mib"`
}

const coverScheme = "bench-cover"

const coverRules = `scheme: bench-cover
name: Bench of cover
source: made up
currency: JOD
time_zone: Asia/Amman
region: JO
effective: 2020-01-01
categories: [farmer, fisher]
pots:
  - {account: 2100, name: Old age, share: 0.5, pool: old-age}
  - {account: 2200, name: Health, share: 0.5, pool: health}
cover:
  health:
    account: 2200
    matched: 2210
    days: {price: 0.150, round: {way: down}}
    waiting: {days: 30, after_lapse: 60, waived: [{in: [farmer]}, {fact: age, from: 70}]}
    grace_days: 10
    notice_days: 14
    newborn_days: 28
    dependants: [{kind: child, under: 18}, {kind: spouse}]
benefits:
  clinic:
    kind: care
    form: in-kind
    pool: health
    covers: [general-practitioner, hospital]
    limits: [{per: year, amount: 500, household: true}]
    co_payments: [{share: 0.1, up_to: 10, per: event}]
`

// Run fills, measures and prints.
func (b benchCover) Run(ctx context.Context, env Env) error {
	if b.Members < 1 || b.Calls < 1 {
		return usageError{errors.New("--members and --calls must be at least 1")}
	}
	place, err := bench{DB: b.DB}.place()
	if err != nil {
		return err
	}
	defer place.remove()
	if place.keyFile == "" {
		place.keyFile = filepath.Join(os.TempDir(), "sanad-bench-cover-key")
	}
	figures := coverFigures{Engine: place.engine(), Members: b.Members, Calls: b.Calls}
	if figures.Entries, err = b.fill(ctx, env, place); err != nil {
		return err
	}
	server, err := startServer(ctx, place)
	if err != nil {
		return err
	}
	failed := b.measure(ctx, env, server, &figures)
	if err := errors.Join(failed, server.stop()); err != nil {
		return err
	}
	return figures.print(env.Out, b.JSON)
}

func (f coverFigures) print(w io.Writer, asJSON bool) error {
	if asJSON {
		text, err := json.Marshal(f)
		if err == nil {
			_, err = fmt.Fprintln(w, string(text))
		}
		return err
	}
	_, err := fmt.Fprintf(w, "%d members with %d entries: a call takes %.2f ms (p50), %.2f ms (p99), %.2f ms at most; a stream answers %.0f/s; %d of %d are covered; %.0f MiB\n",
		f.Members, f.Entries, f.P50, f.P99, f.Longest, f.Batch, f.Covered, f.Calls, f.RSS)
	return err
}

// fill writes the members who are not there yet, and returns how many entries there are.
func (b benchCover) fill(ctx context.Context, env Env, p place) (int64, error) {
	i, err := institution(ctx, onStore{DB: p.url}, keyed{KeyFile: p.keyFile})
	if err != nil {
		return 0, err
	}
	defer i.Close()
	master, err := keyed{KeyFile: p.keyFile}.key()
	if err != nil {
		return 0, err
	}
	f := &coverFilling{institution: i, today: ledger.DateOf(env.Now())}
	if f.keys, err = privacy.NewKeyring(master); err != nil {
		return 0, err
	}
	if f.scheme, err = i.Schemes.PublishFolder(ctx, rule.Folder{Scheme: []byte(coverRules)}, "bench"); err != nil {
		return 0, err
	}
	held, err := countMembers(ctx, i.DB)
	if err != nil {
		return 0, err
	}
	told := env.Now()
	for from := int(held); from < b.Members; from += filledAtOnce {
		if err := f.some(ctx, from, min(from+filledAtOnce, b.Members)); err != nil {
			return 0, err
		}
		if now := env.Now(); now.Sub(told) > tellEvery {
			told = now
			fmt.Fprintf(env.Err, "bench-cover: %d of %d members written\n", from, b.Members)
		}
	}
	return countEntries(ctx, i.DB)
}

func countMembers(ctx context.Context, db *sqldb.DB) (n int64, err error) {
	err = db.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryArgs(ctx, "SELECT count(*) FROM member AS m", nil, func(row sqldb.Scanner) error { return row.Scan(&n) })
	})
	return n, err
}

// coverFilling writes members with their facts and payments.
type coverFilling struct {
	institution *api.Institution
	keys        *privacy.Keyring
	scheme      insurance.Scheme
	today       ledger.Date
}

// some writes the members from one number to another, in one transaction.
func (f *coverFilling) some(ctx context.Context, from, to int) error {
	return f.institution.DB.Update(ctx, func(ctx context.Context, t *sqldb.Tx) error {
		var records []enrolment.Record
		var parties []ledger.Party
		for n := from; n < to; n++ {
			record, err := f.record(n)
			if err != nil {
				return err
			}
			records, parties = append(records, record), append(parties, record.ID.Party())
		}
		if err := enrolmentsql.On(t).Enrol(ctx, records, nil, nil); err != nil {
			return err
		}
		books := ledgersql.On(t)
		page, err := books.Page(ctx, ledger.Need{Parties: parties})
		if err != nil {
			return err
		}
		for n := from; n < to; n++ {
			if err := f.pay(page, n); err != nil {
				return err
			}
		}
		return books.Save(ctx, page)
	})
}

// coverMember spreads members over the keys, as random ids are.
func coverMember(n int) insurance.MemberID {
	var bits [16]byte
	binary.BigEndian.PutUint64(bits[:], uint64(n+1)*0x9E3779B97F4A7C15)
	binary.BigEndian.PutUint64(bits[8:], uint64(n+1)*0xD1B54A32D192ED03)
	return insurance.MemberIDOf(bits)
}

// record is a member as she is stored, with facts of the usual kinds.
func (f *coverFilling) record(n int) (enrolment.Record, error) {
	id := coverMember(n)
	salt := make([]byte, 16)
	binary.BigEndian.PutUint64(salt, uint64(n)+1)
	sealer, err := f.keys.Sealer(salt)
	if err != nil {
		return enrolment.Record{}, err
	}
	facts := insurance.Facts{
		Birth: insurance.Birth{On: ledger.Date((1950+n%50)*1_00_00 + 6_15)}, Sex: insurance.Female,
		Declared: []insurance.Declaration{{Name: "region", Value: fmt.Sprintf("region-%d", n%12), Days: insurance.Days{From: 2020_01_01}}},
		Dependants: []insurance.Dependant{
			{Name: "child-1", Kind: insurance.Child, Birth: insurance.Birth{On: 2015_03_01}, Days: insurance.Days{From: 2020_01_01}},
			{Name: "spouse", Kind: insurance.Spouse, Days: insurance.Days{From: 2020_01_01}},
		},
	}
	if n%3 == 0 {
		facts.Categories = []insurance.Category{{Name: "farmer", Days: insurance.Days{From: 2020_01_01}, Evidence: insurance.EvidenceStated}}
	}
	record := enrolment.Record{ID: id, Request: f.keys.Hash("bench", string(id)), Salt: salt}
	record.Fingerprint[0] = 1
	if record.Facts, err = insurance.SealFacts(sealer, id, facts); err == nil {
		record.Sealed, err = sealer.Seal([]byte(`{}`), string(id.Party()))
	}
	record.RegisteredAt = f.today.AddDays(-daysOfYear).Time()
	return record, err
}

// pay posts a year of payments: one a month, or of every hundredth member one a day. Some have stopped.
func (f *coverFilling) pay(page *ledger.Page, n int) error {
	times, every := monthsOfYear, daysOfYear/monthsOfYear
	if n%100 == 0 {
		times, every = daysOfYear, 1
	}
	for k := range times {
		if n%7 == 0 && k > times/2 {
			return nil
		}
		r := insurance.Received{
			Collector: benchCollector, ValueOn: f.today.AddDays(-daysOfYear + k*every),
			Amount: ledger.Money{Minor: int64(300 * every), Currency: benchCurrency},
		}
		binary.BigEndian.PutUint64(r.ID[:], uint64(n+1)*0x9E3779B97F4A7C15)
		binary.BigEndian.PutUint64(r.ID[8:], uint64(k)+1)
		e, err := insurance.Contributed(r, coverMember(n), f.scheme)
		if err != nil {
			return err
		}
		if _, err := page.Post(e); err != nil {
			return err
		}
	}
	return nil
}

// batchesAsked is how many streams are measured, each of so many members.
const (
	batchesAsked = 4
	batchAsked   = 5000
)

// measure asks one call after another, and then streams.
func (b benchCover) measure(ctx context.Context, env Env, s *benchServer, f *coverFigures) error {
	service := sanadv1.NewCoverServiceClient(s.conn)
	var l latencies
	for n := range b.Calls {
		as := sanadv1.Audience_AUDIENCE_PROVIDER
		if n%2 == 0 {
			as = sanadv1.Audience_AUDIENCE_MEMBER
		}
		request := &sanadv1.GetEntitlementRequest{Member: b.anyone(), Scheme: coverScheme, Audience: as}
		askedAt := env.Now()
		answer, err := service.GetEntitlement(ctx, request)
		if err != nil {
			return fmt.Errorf("ask about a member: %w", err)
		}
		l.record(env.Now().Sub(askedAt))
		if answer.GetEntitlement().GetCovered() {
			f.Covered++
		}
	}
	f.P50, f.P99, f.Longest = l.percentile(50), l.percentile(99), l.percentile(100)
	began := env.Now()
	for range batchesAsked {
		if err := b.stream(ctx, service); err != nil {
			return err
		}
	}
	f.Batch = rounded(batchesAsked*batchAsked/env.Now().Sub(began).Seconds(), 0)
	var err error
	f.RSS, err = s.peakMemory(ctx)
	return err
}

func (b benchCover) anyone() *sanadv1.MemberReference {
	id := coverMember(rand.IntN(b.Members))
	return &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: string(id)}}
}

func (b benchCover) stream(ctx context.Context, service sanadv1.CoverServiceClient) error {
	request := &sanadv1.BatchGetEntitlementsRequest{Scheme: coverScheme, Audience: sanadv1.Audience_AUDIENCE_INSURER}
	for range batchAsked {
		request.Members = append(request.Members, b.anyone())
	}
	stream, err := service.BatchGetEntitlements(ctx, request)
	if err != nil {
		return fmt.Errorf("ask about many: %w", err)
	}
	answered := 0
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("ask about many: %w", err)
		}
		if answer.GetEntitlement() == nil {
			return fmt.Errorf("a member who is there can't be told of: %s", answer.GetRefusal().GetMessage())
		}
		answered++
	}
	if answered != batchAsked {
		return fmt.Errorf("%d were answered of %d", answered, batchAsked)
	}
	return nil
}
