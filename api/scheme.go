package api

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/shopspring/decimal"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/scheme"
)

type schemeServer struct {
	sanadv1.UnimplementedSchemeServiceServer
	schemes *scheme.Service
}

func (s *schemeServer) PublishScheme(ctx context.Context, r *sanadv1.PublishSchemeRequest) (*sanadv1.PublishSchemeResponse, error) {
	v, err := schemeFrom(r.GetScheme())
	if err != nil {
		return nil, err
	}
	published, err := s.schemes.Publish(ctx, v)
	if err != nil {
		return nil, err
	}
	return &sanadv1.PublishSchemeResponse{Scheme: schemeTo(published)}, nil
}

func (s *schemeServer) PublishSchemeFolder(ctx context.Context, r *sanadv1.PublishSchemeFolderRequest) (*sanadv1.PublishSchemeFolderResponse, error) {
	f := r.GetFolder()
	folder := insurance.Folder{Scheme: f.GetSchemeYaml(), Rules: f.GetRulesStar(), Examples: f.GetExamplesYaml()}
	published, err := s.schemes.PublishFolder(ctx, folder, r.GetPublishedBy())
	if err != nil {
		return nil, err
	}
	return &sanadv1.PublishSchemeFolderResponse{Scheme: schemeTo(published)}, nil
}

func (s *schemeServer) GetScheme(ctx context.Context, r *sanadv1.GetSchemeRequest) (*sanadv1.GetSchemeResponse, error) {
	found, err := s.schemes.Get(ctx, ledger.SchemeCode(r.GetCode()), int(r.GetVersion()))
	if err != nil {
		return nil, err
	}
	return &sanadv1.GetSchemeResponse{Scheme: schemeTo(found)}, nil
}

func (s *schemeServer) ListSchemes(ctx context.Context, _ *sanadv1.ListSchemesRequest) (*sanadv1.ListSchemesResponse, error) {
	all, err := s.schemes.List(ctx)
	if err != nil {
		return nil, err
	}
	out := &sanadv1.ListSchemesResponse{}
	for _, v := range all {
		out.Schemes = append(out.Schemes, schemeTo(v))
	}
	return out, nil
}

func (s *schemeServer) SetCollector(ctx context.Context, r *sanadv1.SetCollectorRequest) (*sanadv1.SetCollectorResponse, error) {
	c := r.GetCollector()
	err := s.schemes.SetCollector(ctx, insurance.Collector{
		ID: insurance.CollectorID(c.GetId()), Name: c.GetName(), DefaultScheme: ledger.SchemeCode(c.GetDefaultScheme()),
	})
	if err != nil {
		return nil, err
	}
	return &sanadv1.SetCollectorResponse{Collector: c}, nil
}

func (s *schemeServer) ListCollectors(ctx context.Context, _ *sanadv1.ListCollectorsRequest) (*sanadv1.ListCollectorsResponse, error) {
	all, err := s.schemes.Collectors(ctx)
	if err != nil {
		return nil, err
	}
	out := &sanadv1.ListCollectorsResponse{}
	for _, c := range slices.SortedFunc(maps.Values(all), func(a, b insurance.Collector) int { return cmp.Compare(a.ID, b.ID) }) {
		out.Collectors = append(out.Collectors, &sanadv1.Collector{Id: string(c.ID), Name: c.Name, DefaultScheme: string(c.DefaultScheme)})
	}
	return out, nil
}

var pools = map[sanadv1.Pool]insurance.Pool{
	sanadv1.Pool_POOL_OLD_AGE:   insurance.OldAge,
	sanadv1.Pool_POOL_HEALTH:    insurance.Health,
	sanadv1.Pool_POOL_MATERNITY: insurance.Maternity,
}

func schemeFrom(s *sanadv1.Scheme) (insurance.Scheme, error) {
	v := insurance.Scheme{
		Code: ledger.SchemeCode(s.GetCode()), Name: s.GetName(), Currency: ledger.Currency(s.GetCurrencyCode()),
		TimeZone: s.GetTimeZone(), Region: s.GetRegion(), Closed: s.GetClosed(), PublishedBy: s.GetPublishedBy(),
	}
	for _, p := range s.GetPots() {
		share, err := decimal.NewFromString(p.GetShare())
		if err != nil {
			return v, insurance.Fault{Field: "scheme.pots.share", Reason: "SHARE_INVALID", Text: "use a plain decimal, such as 0.6"}
		}
		v.Pots = append(v.Pots, insurance.Pot{Account: ledger.Code(p.GetAccountCode()), Name: p.GetName(), Share: share, Pool: pools[p.GetPool()]})
	}
	return v, nil
}

func schemeTo(v insurance.Scheme) *sanadv1.Scheme {
	out := &sanadv1.Scheme{
		Code: string(v.Code), Name: v.Name, CurrencyCode: string(v.Currency), TimeZone: v.TimeZone, Region: v.Region,
		Closed: v.Closed, Version: int32(v.Version), PublishedBy: v.PublishedBy, PublishedAt: timeTo(v.PublishedAt),
	}
	if v.EffectiveOn != 0 {
		out.EffectiveOn = v.EffectiveOn.String()
	}
	if len(v.Folder.Scheme) > 0 {
		out.Folder = &sanadv1.SchemeFolder{SchemeYaml: v.Folder.Scheme, RulesStar: v.Folder.Rules, ExamplesYaml: v.Folder.Examples}
	}
	for _, p := range v.Pots {
		out.Pots = append(out.Pots, potTo(p))
	}
	return out
}

func potTo(p insurance.Pot) *sanadv1.Pot {
	out := &sanadv1.Pot{AccountCode: int32(p.Account), Name: p.Name, Share: p.Share.String()}
	for wire, pool := range pools {
		if pool == p.Pool {
			out.Pool = wire
		}
	}
	return out
}
