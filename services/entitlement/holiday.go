package entitlement

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// HolidayReason says what hardship stops the clock of a lapse.
type HolidayReason string

// The hardships.
const (
	Illness         HolidayReason = "illness"
	Birth           HolidayReason = "birth"
	Drought         HolidayReason = "drought"
	Displacement    HolidayReason = "displacement"
	CollectorClosed HolidayReason = "collector-closed"
)

// ClusterKind says what the members of a cluster have in common.
type ClusterKind string

// The kinds of cluster: by the declared facts "cluster" and "region", by a category, or by the collector through whom
// they paid.
const (
	ByCluster   ClusterKind = "cluster"
	ByCategory  ClusterKind = "category"
	ByCollector ClusterKind = "collector"
	ByRegion    ClusterKind = "region"
)

// Cluster is a group of members who share a hardship.
type Cluster struct {
	Kind ClusterKind `json:"kind,omitempty"`
	Name string      `json:"name,omitempty"`
}

// Holiday is days on which hardship stops the clock of a lapse: of one member, or of a whole cluster.
type Holiday struct {
	ID     Hash               `json:"-"`
	Member insurance.MemberID `json:"member,omitempty"`
	Group  Cluster            `json:"group,omitzero"`
	Scheme ledger.SchemeCode  `json:"scheme"`
	Reason HolidayReason      `json:"reason"`
	From   ledger.Date        `json:"from"`
	To     ledger.Date        `json:"to"`
	// EndedOn is the last day of one that was ended early, by EndedBy; zero where none did.
	EndedOn ledger.Date `json:"ended_on,omitempty"`
	EndedBy string      `json:"ended_by,omitempty"`
	// By has decided it; of a cluster's a second person did so with her.
	By       string `json:"by"`
	Approver string `json:"approver,omitempty"`

	RecordedAt time.Time `json:"-"`
}

// Last is the holiday's last day as it stands.
func (h Holiday) Last() ledger.Date {
	if h.EndedOn != 0 {
		return h.EndedOn
	}
	return h.To
}

// longestHoliday is how many days a holiday has at most: what lasts longer is decided on anew.
const longestHoliday = 366

var clusterName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} ._:-]{0,63}$`)

// Check returns what is wrong with the form, as an [insurance.Fault].
func (h Holiday) Check() error {
	switch {
	case !insurance.SchemeWellFormed(h.Scheme):
		return insurance.Fault{Field: "holiday.scheme", Reason: "SCHEME_UNKNOWN", Text: "name the scheme by its code"}
	case !slices.Contains([]HolidayReason{Illness, Birth, Drought, Displacement, CollectorClosed}, h.Reason):
		return insurance.Fault{Field: "holiday.reason", Reason: "HOLIDAY_REASON_INVALID", Text: "say illness, birth, drought, displacement or collector-closed"}
	case h.From == 0 || h.To < h.From:
		return insurance.Fault{Field: "holiday.to", Reason: "DAYS_INVALID", Text: "give the first and the last day; the last is not before the first"}
	case h.To >= h.From.AddDays(longestHoliday):
		return insurance.Fault{Field: "holiday.to", Reason: "HOLIDAY_TOO_LONG", Text: fmt.Sprintf("a holiday has %d days at most; decide again when they are over", longestHoliday)}
	}
	return h.checkWhose()
}

func (h Holiday) checkWhose() error {
	switch {
	case (h.Member == "") == (h.Group == Cluster{}):
		return insurance.Fault{Field: "holiday.of", Reason: "NAME_MISSING", Text: "name a member or a cluster"}
	case h.Member != "" && !h.Member.WellFormed():
		return insurance.Fault{Field: "holiday.member_id", Reason: insurance.MemberUnknown, Text: "no member has that id"}
	case h.Member != "":
		return nil
	case !slices.Contains([]ClusterKind{ByCluster, ByCategory, ByCollector, ByRegion}, h.Group.Kind):
		return insurance.Fault{Field: "holiday.cluster.kind", Reason: "CLUSTER_INVALID", Text: "say cluster, category, collector or region"}
	case !clusterName.MatchString(h.Group.Name):
		return insurance.Fault{Field: "holiday.cluster.name", Reason: "CLUSTER_INVALID", Text: "name it with letters and digits, 64 at most, as the members' facts have it"}
	}
	return nil
}

// holidayOf binds a sealed holiday to whose it is and which.
func holidayOf(h Holiday) string { return fmt.Sprintf("holiday:%s:%x", h.Member, h.ID) }

// SealedHoliday is a member's holiday as it is stored.
type SealedHoliday struct {
	ID         Hash
	Member     insurance.MemberID
	Sealed     []byte
	RecordedAt time.Time
}

// open reads the holiday.
func (r SealedHoliday) open(sealer *privacy.Sealer) (Holiday, error) {
	h := Holiday{ID: r.ID, Member: r.Member}
	err := insurance.OpenAs(sealer, holidayOf(h), r.Sealed, &h)
	h.ID, h.Member, h.RecordedAt = r.ID, r.Member, r.RecordedAt
	return h, err
}

// Recorded is a holiday, and who has agreed to it so far; one of a single member needs one person.
type Recorded struct {
	Holiday
	Approval insurance.Proposal
	// Repeated says that it stood on record before.
	Repeated bool
}

// RecordHoliday puts a holiday on record under the caller's reference (L3). A cluster's takes two people: the first call
// proposes it, and the same call by another person carries it out.
func (s *Service) RecordHoliday(ctx context.Context, h Holiday, reference, person string) (Recorded, error) {
	if err := h.Check(); err != nil {
		return Recorded{}, err
	}
	if err := insurance.CheckText("reference", "REFERENCE_INVALID", reference, 64); err != nil || reference == "" {
		return Recorded{}, insurance.Fault{Field: "reference", Reason: "REFERENCE_INVALID", Text: "name the holiday by a reference of your own, 64 characters at most"}
	}
	h.ID = s.Keys.Hash("cover-holiday", reference)
	var recorded Recorded
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) (err error) {
		if err := s.published(ctx, tx, h.Scheme); err != nil {
			return err
		}
		if h.Member != "" {
			recorded, err = s.recordOwn(ctx, tx, h, person)
			return err
		}
		recorded, err = s.recordCluster(ctx, tx, h, person)
		return err
	})
	if err != nil {
		return Recorded{}, fmt.Errorf("record a holiday: %w", err)
	}
	return recorded, nil
}

// recordOwn records a holiday of one member.
func (s *Service) recordOwn(ctx context.Context, tx Tx, h Holiday, person string) (Recorded, error) {
	agreed, _, err := insurance.Agree(nil, person)
	if err != nil {
		return Recorded{}, err
	}
	agreed.Done = true
	h.By = person
	sealers, err := s.sealers(ctx, tx, h.Member)
	if err != nil {
		return Recorded{}, err
	}
	sealer, ok := sealers[h.Member]
	if !ok {
		return Recorded{}, unknownMember
	}
	known, err := tx.CoverHoliday(ctx, h.ID)
	switch {
	case err != nil:
		return Recorded{}, err
	case known != nil && known.Member != h.Member:
		return Recorded{}, reused
	case known != nil:
		before, err := known.open(sealer)
		if err != nil {
			return Recorded{}, err
		}
		return again(before, h)
	}
	sealed, err := insurance.SealAs(sealer, holidayOf(h), h)
	if err != nil {
		return Recorded{}, err
	}
	return Recorded{Holiday: h, Approval: agreed}, tx.SaveCoverHoliday(ctx, SealedHoliday{ID: h.ID, Member: h.Member, Sealed: sealed})
}

// again answers what stands on record, if it is the same.
func again(before, sent Holiday) (Recorded, error) {
	same := before.Scheme == sent.Scheme && before.Reason == sent.Reason && before.From == sent.From && before.To == sent.To && before.Group == sent.Group
	if !same {
		return Recorded{}, reused
	}
	return Recorded{Holiday: before, Repeated: true, Approval: insurance.Proposal{Maker: before.By, Approver: before.Approver, Done: true}}, nil
}

// recordCluster is a person's word for a holiday of a whole cluster.
func (s *Service) recordCluster(ctx context.Context, tx Tx, h Holiday, person string) (Recorded, error) {
	known, err := tx.ClusterHoliday(ctx, h.ID)
	if err != nil {
		return Recorded{}, err
	}
	if known != nil {
		return again(*known, h)
	}
	key, err := s.proposalKey("cluster-holiday", h)
	if err != nil {
		return Recorded{}, err
	}
	agreed, carryOut, err := s.agree(ctx, tx, key, person)
	if err != nil || !carryOut {
		return Recorded{Holiday: h, Approval: agreed}, err
	}
	h.By, h.Approver = agreed.Maker, agreed.Approver
	return Recorded{Holiday: h, Approval: agreed}, tx.SaveClusterHoliday(ctx, h)
}

// proposalKey names an act by all that it consists of: two people agree only on the same.
func (s *Service) proposalKey(kind string, act Holiday) (string, error) {
	text, err := json.Marshal(act)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s:%x:%x", kind, act.ID, s.Keys.Hash(kind, string(text))), nil
}

// agree is a person's word for an act.
func (s *Service) agree(ctx context.Context, tx Tx, key, person string) (insurance.Proposal, bool, error) {
	before, err := tx.Proposal(ctx, key)
	if err != nil {
		return insurance.Proposal{}, false, err
	}
	after, carryOut, err := insurance.Agree(before, person)
	if err != nil {
		return after, false, err
	}
	return after, carryOut, tx.SaveProposal(ctx, after)
}

// EndHoliday ends a holiday early, with a last day; the day before its first says that it never was. That of a cluster
// takes two people, as it did to begin it.
func (s *Service) EndHoliday(ctx context.Context, id Hash, last ledger.Date, person string) (Recorded, error) {
	var ended Recorded
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		own, err := tx.CoverHoliday(ctx, id)
		if err != nil {
			return err
		}
		if own != nil {
			ended, err = s.endOwn(ctx, tx, *own, last, person)
			return err
		}
		group, err := tx.ClusterHoliday(ctx, id)
		if err != nil {
			return err
		}
		if group == nil {
			return insurance.Fault{Field: "holiday_id", Reason: insurance.HolidayUnknown, Text: "no holiday has that id; list them"}
		}
		ended, err = s.endCluster(ctx, tx, *group, last, person)
		return err
	})
	if err != nil {
		return Recorded{}, fmt.Errorf("end a holiday: %w", err)
	}
	return ended, nil
}

func (s *Service) endOwn(ctx context.Context, tx Tx, stored SealedHoliday, last ledger.Date, person string) (Recorded, error) {
	agreed, _, err := insurance.Agree(nil, person)
	if err != nil {
		return Recorded{}, err
	}
	agreed.Done = true
	sealers, err := s.sealers(ctx, tx, stored.Member)
	if err != nil {
		return Recorded{}, err
	}
	sealer, ok := sealers[stored.Member]
	if !ok {
		return Recorded{}, unknownMember
	}
	h, err := stored.open(sealer)
	if err != nil {
		return Recorded{}, err
	}
	if h, err = h.ended(last, person); err != nil {
		return Recorded{}, err
	}
	if stored.Sealed, err = insurance.SealAs(sealer, holidayOf(h), h); err != nil {
		return Recorded{}, err
	}
	return Recorded{Holiday: h, Approval: agreed}, tx.SaveCoverHoliday(ctx, stored)
}

func (s *Service) endCluster(ctx context.Context, tx Tx, h Holiday, last ledger.Date, person string) (Recorded, error) {
	if h.EndedOn == last {
		return Recorded{Holiday: h, Repeated: true, Approval: insurance.Proposal{Maker: h.By, Approver: h.Approver, Done: true}}, nil
	}
	after, err := h.ended(last, "")
	if err != nil {
		return Recorded{}, err
	}
	key, err := s.proposalKey("end-cluster-holiday", after)
	if err != nil {
		return Recorded{}, err
	}
	agreed, carryOut, err := s.agree(ctx, tx, key, person)
	if err != nil || !carryOut {
		return Recorded{Holiday: h, Approval: agreed}, err
	}
	after.EndedBy = agreed.Maker + ", " + agreed.Approver
	return Recorded{Holiday: after, Approval: agreed}, tx.SaveClusterHoliday(ctx, after)
}

// ended is the holiday with an earlier last day.
func (h Holiday) ended(last ledger.Date, by string) (Holiday, error) {
	if last < h.From.AddDays(-1) || last >= h.To {
		return h, insurance.Fault{Field: "last_day", Reason: "DAYS_INVALID", Text: "give a day before its last one, and not before the day before its first"}
	}
	h.EndedOn, h.EndedBy = last, by
	return h, nil
}

// HolidaysQuery asks for the holidays of a scheme: those of one member with the clusters' that may reach her, or all
// clusters' where none is named.
type HolidaysQuery struct {
	Scheme ledger.SchemeCode
	Member insurance.MemberID
}

// Holidays lists what is asked for, in the order of their first days.
func (s *Service) Holidays(ctx context.Context, q HolidaysQuery) ([]Holiday, error) {
	var all []Holiday
	err := s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		groups, err := tx.ClusterHolidays(ctx, q.Scheme)
		if err != nil {
			return err
		}
		all = slices.Clone(groups[q.Scheme])
		if q.Member == "" {
			return nil
		}
		own, err := s.ownHolidays(ctx, tx, q.Member)
		for _, h := range own[q.Member] {
			if q.Scheme == "" || h.Scheme == q.Scheme {
				all = append(all, h)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list holidays: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Holiday) int { return int(a.From) - int(b.From) })
	return all, nil
}

func (s *Service) ownHolidays(ctx context.Context, tx Tx, member insurance.MemberID) (map[insurance.MemberID][]Holiday, error) {
	sealers, err := s.sealers(ctx, tx, member)
	if err != nil {
		return nil, err
	}
	if _, ok := sealers[member]; !ok {
		return nil, unknownMember
	}
	stored, err := tx.CoverHolidays(ctx, member)
	if err != nil {
		return nil, err
	}
	all := map[insurance.MemberID][]Holiday{}
	for _, row := range stored {
		h, err := row.open(sealers[row.Member])
		if err != nil {
			return nil, err
		}
		all[row.Member] = append(all[row.Member], h)
	}
	return all, nil
}
