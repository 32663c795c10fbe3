package cli

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"sanad.dev/sanad/api"
	"sanad.dev/sanad/ledger/sqldb"
)

// garbagePercent is how far the heap grows past what is live before it is collected.
const garbagePercent = 200

type serve struct {
	onStore
	keyed
	railed
	working
	PayoutWorker bool   `help:"Send payouts over the rails." default:"true" negatable:""`
	Listen       string `help:"Where to serve gRPC." default:"127.0.0.1:7450"`
	HTTP         string `name:"http" help:"Where to serve /metrics and /healthz." default:"127.0.0.1:7451"`
	Region       string `help:"ISO 3166 country in which members' phones without a country code are read." default:"JO"`
}

// Help shows how serve is used.
func (serve) Help() string {
	return `Examples:
  sanad serve
  sanad serve --db sqlite:/var/lib/sanad/books.db --key-file /etc/sanad/key
  sanad serve --db postgres://sanad@127.0.0.1/sanad --listen 127.0.0.1:7460 --http 127.0.0.1:7461
  sanad serve --rail sandbox:/var/lib/sanad/rail.db
  sanad serve --rail gsma:/etc/sanad/operator.yaml

A mobile-money operator that speaks the GSMA Mobile Money API 1.2 stands in a file that nobody else may read:
  name: gsma-orange
  url: https://api.operator.example/mm/v1.2
  api_key: …
  account: {accountid: "4711"}
  currencies: [JOD]
  callback: {url: https://fund.example, secret: …}
Nothing is sent that does not stand on the float (sanad payout float), unless on_credit: true says that the operator pays first.
It is asked what became of a payout, and where callback is written it may tell by itself, at an address that is made of
the secret for each payout.`
}

// Run serves until it is told to stop.
func (s serve) Run(ctx context.Context, env Env) error {
	// The live heap is small and what is built per call is much: collecting less often buys a tenth of the rate.
	debug.SetGCPercent(garbagePercent)
	log := api.NewLogger(slog.NewJSONHandler(env.Err, nil))
	slog.SetDefault(log)
	stop, err := api.Telemetry(ctx)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = stop(ctx)
	}()
	i, err := institution(ctx, s.onStore, s.keyed)
	if err != nil {
		return err
	}
	defer i.Close()
	rails, closeRails, err := s.open(ctx, env)
	if err != nil {
		return err
	}
	defer closeRails()
	i.Payouts.Rails = rails
	defer s.pay(ctx, i, log)()
	return api.Serve(ctx, i, api.Config{Listen: s.Listen, HTTP: s.HTTP, Region: s.Region}, log)
}

// pay sends payouts beside the serving; what it returns waits for its end.
func (s serve) pay(ctx context.Context, i *api.Institution, log *slog.Logger) (wait func()) {
	if len(s.Rail) == 0 || !s.PayoutWorker {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { _ = api.Pay(ctx, i, s.worker(i.Payouts), log) })
	return func() {
		stop()
		all.Wait()
	}
}

type migrate struct{ onStore }

// Help shows how migrate is used.
func (migrate) Help() string {
	return `Examples:
  sanad migrate --db sqlite:/var/lib/sanad/books.db
  sanad migrate --db postgres://sanad@127.0.0.1/sanad`
}

// Run brings the tables up to date.
func (m migrate) Run(ctx context.Context, env Env) error {
	url, err := m.url()
	if err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	return api.Migrate(ctx, db)
}
