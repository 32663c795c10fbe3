package cli

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"sanad.dev/sanad/api"
	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/services/rule"
)

// What the demo's institution is called.
const (
	demoScheme    = "national-match"
	demoCollector = "mpesa-jo"
	demoBank      = "arab-bank-1"
	demoCurrency  = "JOD"
	demoZone      = "Asia/Amman"
	demoRegion    = "JO"
)

// house is an institution with a server before it, and a client that speaks to it over TCP.
type house struct {
	institution *api.Institution
	schemes     fs.FS
	address     string
	server      *client
	stop        context.CancelFunc
	// paid ends the worker that sends payouts; nil where there is none.
	paid func()
	// ended is closed once the server has ended, for the reason in failure.
	ended   chan struct{}
	failure error
}

// openHouse opens the institution and serves it on a free port, with a worker where there are rails.
func openHouse(ctx context.Context, env Env, url string, key []byte, rails map[string]payout.Rail) (*house, error) {
	institution, err := api.Open(ctx, url, key)
	if err != nil {
		return nil, err
	}
	institution.Payouts.Rails = rails
	serving, stop := context.WithCancel(ctx)
	h := &house{institution: institution, schemes: env.Schemes, stop: stop, ended: make(chan struct{})}
	ready := make(chan string, 1)
	config := api.Config{
		Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Region: demoRegion,
		Ready: func(grpcAddress, _ string) { ready <- grpcAddress },
	}
	log := warnings(env)
	go func() {
		defer close(h.ended)
		h.failure = api.Serve(serving, institution, config, log)
	}()
	select {
	case h.address = <-ready:
		h.server, err = onServer{h.address}.dial()
	case <-h.ended:
		err = h.failure
	}
	if err != nil {
		h.close()
		return nil, err
	}
	if len(rails) > 0 {
		h.pay(ctx, env)
	}
	return h, nil
}

// warnings is a log of what somebody should look at.
func warnings(env Env) *slog.Logger {
	return slog.New(slog.NewTextHandler(env.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// serveOn serves until the command is told to stop, or the server ends by itself.
func (h *house) serveOn(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-h.ended:
	}
}

func (h *house) close() {
	if h.paid != nil {
		h.paid()
	}
	if h.server != nil {
		_ = h.server.Close()
	}
	h.stop()
	<-h.ended
	h.institution.Close()
}

// publish publishes the scheme, and names the collector with it as its default.
func (h *house) publish(ctx context.Context) (*sanadv1.Scheme, error) {
	folder, err := rule.ReadFolder(h.schemes, demoScheme)
	if err != nil {
		return nil, err
	}
	published, err := h.server.schemes.PublishSchemeFolder(ctx, &sanadv1.PublishSchemeFolderRequest{
		Folder:      &sanadv1.SchemeFolder{SchemeYaml: folder.Scheme, RulesStar: folder.Rules, ExamplesYaml: folder.Examples},
		PublishedBy: "demo",
	})
	if err != nil {
		return nil, err
	}
	_, err = h.server.schemes.SetCollector(ctx, &sanadv1.SetCollectorRequest{
		Collector: &sanadv1.Collector{Id: demoCollector, Name: "Mobile money of the demo", DefaultScheme: demoScheme},
	})
	return published.GetScheme(), err
}

// shares says where a contribution goes.
func shares(scheme *sanadv1.Scheme) string {
	var texts []string
	for _, pot := range scheme.GetPots() {
		texts = append(texts, strings.ToLower(pot.GetName())+" "+pot.GetShare())
	}
	return scheme.GetCurrencyCode() + ", " + strings.Join(texts, ", ")
}

// enrolledAtOnce is how many people a call enrols.
const enrolledAtOnce = 500

// register enrols the people, notes the id that each is given, and counts who may be one person twice.
func (h *house) register(ctx context.Context, seed uint64, people []*person, done func(int64)) (proposed int, err error) {
	for from := 0; from < len(people); from += enrolledAtOnce {
		some := people[from:min(from+enrolledAtOnce, len(people))]
		n, err := h.registerSome(ctx, seed, some, people[0])
		if err != nil {
			return proposed, err
		}
		proposed += n
		done(int64(from + len(some)))
	}
	return proposed, nil
}

func (h *house) registerSome(ctx context.Context, seed uint64, people []*person, first *person) (proposed int, err error) {
	request := &sanadv1.BatchRegisterMembersRequest{}
	for _, p := range people {
		request.Requests = append(request.Requests, p.registration(seed, first))
	}
	answer, err := h.server.members.BatchRegisterMembers(ctx, request)
	if err != nil {
		return 0, err
	}
	for i, result := range answer.GetResults() {
		if refusal := result.GetRefusal(); refusal != nil {
			return 0, fmt.Errorf("person %d was not enrolled: %s", people[i].place, refusal.GetMessage())
		}
		people[i].id = result.GetRegistered().GetMember().GetId()
		proposed += one(len(result.GetRegistered().GetPossibleDuplicates()) > 0)
	}
	return proposed, nil
}

// choose says for every other shared phone whom it pays for: the one who came to it second.
func (h *house) choose(ctx context.Context, people []*person) (shared, chosen int, err error) {
	for _, p := range people {
		if p.shares == nil {
			continue
		}
		shared++
		if p.chosen() {
			chosen++
			_, err := h.server.members.SetStandingChoice(ctx, &sanadv1.SetStandingChoiceRequest{
				Phone: p.phone, MemberId: p.id, Region: demoRegion,
			})
			if err != nil {
				return shared, chosen, err
			}
		}
	}
	return shared, chosen, nil
}

// chosen says that the phone she shares pays for her.
func (p *person) chosen() bool { return p.shares != nil && p.place%40 == 7 }
