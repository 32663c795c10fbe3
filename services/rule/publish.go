package rule

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Insurance is the scheme as the rest of the institution knows it, without its files.
func (s *Scheme) Insurance() (insurance.Scheme, error) {
	v := insurance.Scheme{
		Code: ledger.SchemeCode(s.Code), Name: s.Name, Currency: ledger.Currency(s.Currency), TimeZone: s.TimeZone,
		Region: s.Region, EffectiveOn: ledger.Date(s.Effective), Closed: s.Closed,
	}
	for _, p := range s.Pots {
		share, err := decimal.NewFromString(p.Share.String())
		if err != nil {
			return v, Problems{{Position{File: SchemeFile}, fmt.Sprintf("pots: the share %s is no plain decimal; write one such as 0.6", p.Share)}}
		}
		v.Pots = append(v.Pots, insurance.Pot{Account: ledger.Code(p.Account), Name: p.Name, Share: share, Pool: insurance.Pool(p.Pool)})
	}
	return v, v.Check()
}

// Prove computes the examples of examples.yaml; its error is [Problems] where one comes out otherwise than it says, or
// where the context ends before all are computed.
func (s *Scheme) Prove(ctx context.Context, examples []byte, provers ...Prover) error {
	all, err := Examples(examples)
	if err != nil {
		return err
	}
	var problems Problems
	for _, x := range all {
		outcomes, err := s.try(ctx, x, provers)
		if err != nil {
			problems = append(problems, Problem{x.Position, err.Error()})
		}
		for _, o := range outcomes {
			if !o.Agrees {
				problems = append(problems, Problem{o.Position,
					fmt.Sprintf("example %q: %s: expected %s, got %s", x.Name, o.What, o.Expected, o.Got)})
			}
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}
