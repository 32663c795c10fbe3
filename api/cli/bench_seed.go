package cli

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/statement/statementtest"
	"sanad.dev/sanad/services/insurance"
)

// The scheme and the collector of a bench.
const (
	benchScheme    = "bench"
	benchCollector = "bench"
	benchCurrency  = "JOD"
	benchZone      = "Asia/Amman"
)

// benchMember is a member as payers and as the books know her.
type benchMember struct {
	id                  insurance.MemberID
	number, name, phone string
}

// seed publishes the scheme, sets the collector and registers the members. Those of an earlier run are found again by
// the names of their requests.
func seed(ctx context.Context, conn *grpc.ClientConn, members int, matching bool) ([]benchMember, error) {
	schemes := sanadv1.NewSchemeServiceClient(conn)
	if err := publishBench(ctx, schemes, matching); err != nil {
		return nil, fmt.Errorf("publish the scheme: %w", err)
	}
	collector := &sanadv1.Collector{Id: benchCollector, Name: "Bench", DefaultScheme: benchScheme}
	if _, err := schemes.SetCollector(ctx, &sanadv1.SetCollectorRequest{Collector: collector}); err != nil {
		return nil, fmt.Errorf("set the collector: %w", err)
	}
	return register(ctx, sanadv1.NewMemberServiceClient(conn), members)
}

func publishBench(ctx context.Context, schemes sanadv1.SchemeServiceClient, matching bool) error {
	if !matching {
		_, err := schemes.PublishScheme(ctx, &sanadv1.PublishSchemeRequest{Scheme: fourPots()})
		return err
	}
	_, err := schemes.PublishSchemeFolder(ctx, &sanadv1.PublishSchemeFolderRequest{
		Folder: &sanadv1.SchemeFolder{SchemeYaml: []byte(benchRules)}, PublishedBy: "bench",
	})
	return err
}

// benchRules are the same four pots with a match: rates by age and by what is given in a month, and a yearly cap that
// those who pay most reach.
const benchRules = `scheme: bench
name: Bench
source: made up
currency: JOD
time_zone: Asia/Amman
region: JO
effective: 2020-01-01
pots:
  - {account: 2100, name: Old age, share: 0.5, pool: old-age}
  - {account: 2200, name: Health, share: 0.25, pool: health}
  - {account: 2300, name: Maternity, share: 0.15, pool: maternity}
  - {account: 2110, name: "Old age, second", share: 0.1, pool: old-age}
parameters:
  rate:
    lookup: age
    table:
      - {under: 35, value: 50%}
      - {under: 50, value: 80%}
    else: 100%
  yearly_cap: 1000000
subsidies:
  - id: match
    funder: treasury
    pot: 2110
    period: calendar-year
    open_ended: true
    amount:
      - each:
          - marginal:
              - {over: 0, rate: rate}
              - {over: 100, rate: 25%}
    cap: yearly_cap
    round: {way: down}
`

func fourPots() *sanadv1.Scheme {
	return &sanadv1.Scheme{
		Code: benchScheme, Name: "Bench", CurrencyCode: benchCurrency, TimeZone: benchZone, Region: "JO", PublishedBy: "bench",
		Pots: []*sanadv1.Pot{
			{AccountCode: int32(ledger.OldAgeOwn), Name: "Old age", Share: "0.5", Pool: sanadv1.Pool_POOL_OLD_AGE},
			{AccountCode: int32(ledger.HealthOwn), Name: "Health", Share: "0.25", Pool: sanadv1.Pool_POOL_HEALTH},
			{AccountCode: int32(ledger.MaternityOwn), Name: "Maternity", Share: "0.15", Pool: sanadv1.Pool_POOL_MATERNITY},
			{AccountCode: int32(ledger.OldAgeMatched), Name: "Old age, second", Share: "0.1", Pool: sanadv1.Pool_POOL_OLD_AGE},
		},
	}
}

// registeredAtOnce is how many people one call registers.
const registeredAtOnce = 1000

func register(ctx context.Context, service sanadv1.MemberServiceClient, n int) ([]benchMember, error) {
	members := make([]benchMember, 0, n)
	for len(members) < n {
		request := &sanadv1.BatchRegisterMembersRequest{}
		for i := len(members); i < min(len(members)+registeredAtOnce, n); i++ {
			request.Requests = append(request.Requests, applicant(i))
		}
		answer, err := service.BatchRegisterMembers(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("register members: %w", err)
		}
		for i, result := range answer.GetResults() {
			if refusal := result.GetRefusal(); refusal != nil {
				return nil, fmt.Errorf("register members: %s: %s", refusal.GetReason(), refusal.GetMessage())
			}
			members = append(members, memberOf(request.GetRequests()[i], result.GetRegistered().GetMember()))
		}
	}
	return members, nil
}

// applicant is the person who registers as the one with that number: always the same.
func applicant(i int) *sanadv1.RegisterMemberRequest {
	given := []string{"Amal", "Basma", "Dalia", "Farah", "Hanan", "Iman", "Layla", "Mona", "Nadia", "Rania", "Salma", "Yusra"}
	family := []string{"Haddad", "Khalil", "Mansour", "Nasser", "Odeh", "Qasem", "Rashid", "Saleh", "Tahan", "Zoubi"}
	return &sanadv1.RegisterMemberRequest{
		RequestId: fmt.Sprintf("bench-%d", i), Region: "JO",
		Person: &sanadv1.Person{
			Name:   given[i%len(given)] + " " + family[i/len(given)%len(family)],
			Birth:  &sanadv1.Birth{Known: &sanadv1.Birth_Date{Date: &sanadv1.Date{Year: int32(1960 + i%45), Month: int32(1 + i%12), Day: int32(1 + i%28)}}},
			Phones: []*sanadv1.Phone{{Number: fmt.Sprintf("+96279%07d", i)}},
		},
	}
}

func memberOf(r *sanadv1.RegisterMemberRequest, m *sanadv1.Member) benchMember {
	return benchMember{
		id: insurance.MemberID(m.GetId()), number: m.GetNumber(),
		name: strings.ToUpper(r.GetPerson().GetName()), phone: r.GetPerson().GetPhones()[0].GetNumber(),
	}
}

// payday is a day on which members pay, in the scheme's zone.
type payday struct {
	midnight time.Time
	// length is how much of it has passed.
	length time.Duration
	// letters begin the receipts of the day.
	letters string
}

// today is the day that the clock shows, so far; daysAgo one of those before it.
func today(now time.Time) payday {
	now = now.In(zone())
	d := paydayOf(now, 0)
	d.length = max(time.Second, now.Sub(d.midnight))
	return d
}

func daysAgo(now time.Time, days int) payday { return paydayOf(now.In(zone()), days) }

func paydayOf(now time.Time, daysAgo int) payday {
	year, month, day := now.Date()
	midnight := time.Date(year, month, day-daysAgo, 0, 0, 0, 0, now.Location())
	const letters = 3
	receipt := statementtest.Receipt(midnight, rand.New(rand.NewPCG(0, 0)))
	return payday{midnight, 24 * time.Hour, receipt[:letters]}
}

func zone() *time.Location {
	if location, err := time.LoadLocation(benchZone); err == nil {
		return location
	}
	return time.UTC
}

// receipts numbers payments as M-Pesa does, by signs that tell nothing; none is given twice, which drawing them would
// not promise: a multiple of a number that has no factor in common with how many there are never comes again.
type receipts struct {
	first uint64
	given atomic.Uint64
}

const (
	signs       = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	allReceipts = 36 * 36 * 36 * 36 * 36 * 36 * 36
	receiptStep = 30_117_694_961
)

func newReceipts() *receipts { return &receipts{first: rand.Uint64N(allReceipts)} }

func (n *receipts) next(d payday) string {
	number := (n.first + n.given.Add(1)%allReceipts*receiptStep) % allReceipts
	text := append(make([]byte, 0, 10), d.letters...)
	for range 7 {
		text = append(text, signs[number%36])
		number /= 36
	}
	return string(text)
}

// payment is what one payer gave.
type payment struct {
	reference string
	member    benchMember
	payer     benchMember
	minor     int64
	at        time.Time
}

// payers give to members, each as likely as any other. One in five pays for somebody else.
type payers struct {
	members  []benchMember
	receipts *receipts
	day      payday
	random   *rand.Rand
	// mixed: half the members pay daily, half monthly.
	mixed bool
}

func newPayers(members []benchMember, receipts *receipts, day payday) *payers {
	return &payers{members: members, receipts: receipts, day: day, random: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))}
}

func (p *payers) next() payment {
	made := payment{
		reference: p.receipts.next(p.day), member: p.anyone(), minor: 1000 + p.random.Int64N(200)*250,
		at: p.day.midnight.Add(time.Duration(p.random.Int64N(int64(p.day.length)))).Truncate(time.Second),
	}
	made.payer = made.member
	if p.random.IntN(5) == 0 {
		made.payer = p.anyone()
	}
	return made
}

// anyone is whoever pays next: each as likely as any other, or where they are mixed as often as she pays in a year.
func (p *payers) anyone() benchMember {
	half := len(p.members) / 2
	switch {
	case !p.mixed || half == 0:
		return p.members[p.random.IntN(len(p.members))]
	case p.random.IntN(daysOfYear+monthsOfYear) < daysOfYear:
		return p.members[p.random.IntN(half)]
	}
	return p.members[half+p.random.IntN(len(p.members)-half)]
}

// onTheWire is the payment as a collector sends it.
func (p payment) onTheWire() *sanadv1.Contribution {
	return &sanadv1.Contribution{
		Collector: benchCollector, Reference: p.reference, Payer: p.payer.name, PayerPhone: p.payer.phone,
		Member:    &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberNumber{MemberNumber: p.member.number}},
		Amount:    &sanadv1.Money{CurrencyCode: benchCurrency, Amount: fmt.Sprintf("%d.%03d", p.minor/1000, p.minor%1000)},
		ValueTime: timestamppb.New(p.at),
	}
}

// contribution is the same as the use case knows it.
func (p payment) contribution() *insurance.Contribution {
	return &insurance.Contribution{
		Collector: benchCollector, Reference: p.reference, Payer: p.payer.name, PayerPhone: p.payer.phone,
		Member:    insurance.Reference{Number: p.member.number},
		Amount:    ledger.Money{Minor: p.minor, Currency: benchCurrency},
		ValueTime: p.at,
	}
}
