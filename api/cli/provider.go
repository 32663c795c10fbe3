package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// providers are the commands about who gives care.
type providers struct {
	Set  providerSet  `cmd:"" help:"Name who gives care: its level, its networks, where it is paid."`
	List providerList `cmd:"" help:"List all providers."`
}

type providerSet struct {
	onServer
	ID      string   `arg:"" help:"Its short name: lower-case letters, digits and hyphens."`
	Name    string   `help:"What it is called."`
	Level   string   `help:"Its level of care, as the scheme's rules name it, such as primary."`
	Network []string `help:"A network that it belongs to; may be repeated."`
	Pool    []string `help:"A pool that it has a contract with: ${enum}; may be repeated, none means all." enum:"old-age,health,maternity"`
	PayTo   string   `help:"Where it is paid, as the rail reads it, such as bank:JO94CBJO0010000000000131000302."`
}

// Help shows how provider set is used.
func (providerSet) Help() string {
	return `What is said replaces what was known of the provider. What was judged by its level of care stands.

Examples:
  sanad provider set clinic-salt --name "Clinic of Salt" --level primary --pay-to bank:JO94CBJO0010000000000131000302
  sanad provider set midwife-7 --level primary --pool maternity --network north`
}

// Run sets the provider.
func (p providerSet) Run(ctx context.Context, env Env) error {
	provider := &sanadv1.Provider{Id: p.ID, Name: p.Name, Level: p.Level, Networks: p.Network, PayTo: p.PayTo}
	for _, name := range p.Pool {
		provider.Pools = append(provider.Pools, poolWords[name])
	}
	return p.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := sanadv1.NewClaimServiceClient(server.conn).SetProvider(ctx, &sanadv1.SetProviderRequest{Provider: provider})
		if err == nil {
			fmt.Fprintf(env.Out, "%s: set.\n", answer.GetProvider().GetId())
		}
		return err
	})
}

var poolWords = map[string]sanadv1.Pool{
	"old-age": sanadv1.Pool_POOL_OLD_AGE, "health": sanadv1.Pool_POOL_HEALTH, "maternity": sanadv1.Pool_POOL_MATERNITY,
}

type providerList struct{ onServer }

// Help shows how provider list is used.
func (providerList) Help() string { return "Example:\n  sanad provider list" }

// Run lists the providers.
func (p providerList) Run(ctx context.Context, env Env) error {
	return p.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := sanadv1.NewClaimServiceClient(server.conn).ListProviders(ctx, &sanadv1.ListProvidersRequest{})
		if err != nil {
			return err
		}
		t := newTable("", "Provider", "Name", "Level", "Networks", "Pools", "Paid")
		for _, p := range answer.GetProviders() {
			pools := "all"
			if len(p.GetPools()) > 0 {
				pools = poolsText(p.GetPools())
			}
			where, _, _ := strings.Cut(p.GetPayTo(), ":") // the account itself is for the rail
			t.row(p.GetId(), p.GetName(), p.GetLevel(), strings.Join(p.GetNetworks(), " "), pools, where)
		}
		t.print(env.Out)
		return nil
	})
}

func poolsText(pools []sanadv1.Pool) string {
	var names []string
	for name, pool := range poolWords {
		for _, p := range pools {
			if p == pool {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
