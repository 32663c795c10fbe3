package cli

import (
	"context"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/entitlement"
)

// earnThrough is the last day through which the demo's cover is earned.
const earnThrough ledger.Date = demoYear*1_00_00 + 4_30

// showPools earns what of the prepaid cover has passed, and tells how the pools stand.
func (s *show) showPools(ctx context.Context) error {
	s.section("The pools")
	done, err := s.house.institution.Covers.Earn(ctx, entitlement.Earning{Scheme: demoScheme, Through: earnThrough}, func(entitlement.Run) {})
	if err != nil {
		return err
	}
	again, err := s.house.institution.Covers.Earn(ctx, entitlement.Earning{Scheme: demoScheme, Through: earnThrough}, func(entitlement.Run) {})
	if err != nil {
		return err
	}
	s.say("cover earned through %s: %s entries; run again, %d", earnThrough, counted(int(done.Moved)), again.Moved)
	answer, err := sanadv1.NewFundServiceClient(s.house.server.conn).GetFunds(ctx, &sanadv1.GetFundsRequest{Scheme: demoScheme})
	if err != nil {
		return err
	}
	rows := newTable("  ", "pool", ">earned", ">incurred", ">loss ratio", ">not reported", ">solvency", ">floor", ">waiting")
	for _, f := range answer.GetFunds() {
		rows.row(word(f.GetPool()), f.GetEarned().GetAmount(), f.GetIncurred().GetAmount(), f.GetLossRatio().GetDecimal(),
			f.GetNotReported().GetAmount(), f.GetSolvency().GetAmount(), f.GetFloor().GetAmount(), f.GetWaiting().GetAmount().GetAmount())
	}
	rows.print(s.env.Out)
	return nil
}
