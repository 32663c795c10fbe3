package api

import (
	"context"
	"fmt"
	"sync"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
)

// mostRegistrations bounds a batch.
const mostRegistrations = 1000

// claimsAtOnce is how many new members' claims are looked into at the same time.
const claimsAtOnce = 8

// memberServer serves MemberService.
type memberServer struct {
	sanadv1.UnimplementedMemberServiceServer
	members *enrolment.Service
	// claim books to a member what waits in suspense under one of the references, and says how much that was; nil
	// where nothing is collected.
	claim func(ctx context.Context, member insurance.MemberID, references [][16]byte) (int, error)
	// rejudge judges what a member is due anew, after what is known of her has changed. A call that is sent again does it
	// again, so that one that was cut off between the two is made good.
	rejudge func(ctx context.Context, members ...insurance.MemberID) error
	// bereaved opens what a confirmed death has left open until now, after more is known of those left behind.
	bereaved func(ctx context.Context, member insurance.MemberID, facts insurance.Facts) (afterwards, error)
	// region is the country in which phones without a country code are read where a request names none.
	region string
}

func newMemberServer(i *Institution, region string) *memberServer {
	claim := func(ctx context.Context, member insurance.MemberID, references [][16]byte) (int, error) {
		return i.Collection.Claim(ctx, member, references...)
	}
	return &memberServer{members: i.Enrolment, claim: claim, rejudge: i.Rejudge, bereaved: i.bereaved, region: region}
}

func (s *memberServer) regionOr(region string) string {
	if region == "" {
		return s.region
	}
	return region
}

// RegisterMember registers a person and books to her what waits for her. A repeated request does so too: the first one
// may have been cut off between the two.
func (s *memberServer) RegisterMember(ctx context.Context, r *sanadv1.RegisterMemberRequest) (*sanadv1.RegisterMemberResponse, error) {
	request, err := registrationFrom(r)
	if err != nil {
		return nil, err
	}
	request.Region = s.regionOr(request.Region)
	results, err := s.members.Register(ctx, request)
	if err != nil {
		return nil, err
	}
	return s.registered(ctx, results[0])
}

func (s *memberServer) registered(ctx context.Context, r enrolment.Result) (*sanadv1.RegisterMemberResponse, error) {
	if r.Err != nil {
		return nil, r.Err
	}
	answer := registeredTo(r)
	if s.claim == nil || r.Member.Erased {
		return answer, nil
	}
	claimed, err := s.claim(ctx, r.Member.ID, s.members.References(r.Member))
	if err != nil {
		return nil, fmt.Errorf("claim for member %s: %w", r.Member.ID, err)
	}
	answer.ClaimedContributions = int32(claimed)
	return answer, nil
}

// BatchRegisterMembers answers each registration on its own.
func (s *memberServer) BatchRegisterMembers(ctx context.Context, r *sanadv1.BatchRegisterMembersRequest) (*sanadv1.BatchRegisterMembersResponse, error) {
	if n := len(r.GetRequests()); n == 0 || n > mostRegistrations {
		return nil, insurance.Fault{Field: "requests", Reason: "BATCH_SIZE_INVALID", Text: fmt.Sprintf("send 1 to %d; %d were sent", mostRegistrations, n)}
	}
	answers := make([]*sanadv1.RegisterMemberResult, len(r.GetRequests()))
	var good []enrolment.Request
	var places []int
	for i, item := range r.GetRequests() {
		request, err := validRegistration(item)
		if err != nil {
			answers[i] = refusedRegistration(err)
			continue
		}
		request.Region = s.regionOr(request.Region)
		good, places = append(good, request), append(places, i)
	}
	results, err := s.members.Register(ctx, good...)
	if err != nil {
		return nil, err
	}
	s.answerAll(ctx, results, func(i int, answer *sanadv1.RegisterMemberResult) { answers[places[i]] = answer })
	return &sanadv1.BatchRegisterMembersResponse{Results: answers}, nil
}

// answerAll claims for all the new members, some at the same time, and gives each answer.
func (s *memberServer) answerAll(ctx context.Context, results []enrolment.Result, give func(int, *sanadv1.RegisterMemberResult)) {
	var all sync.WaitGroup
	for worker := range claimsAtOnce {
		all.Go(func() {
			for i := worker; i < len(results); i += claimsAtOnce {
				give(i, s.resultOf(ctx, results[i]))
			}
		})
	}
	all.Wait()
}

func (s *memberServer) resultOf(ctx context.Context, r enrolment.Result) *sanadv1.RegisterMemberResult {
	answer, err := s.registered(ctx, r)
	if err != nil {
		return refusedRegistration(err)
	}
	return &sanadv1.RegisterMemberResult{Result: &sanadv1.RegisterMemberResult_Registered{Registered: answer}}
}

func refusedRegistration(err error) *sanadv1.RegisterMemberResult {
	return &sanadv1.RegisterMemberResult{Result: &sanadv1.RegisterMemberResult_Refusal{Refusal: refusalOf(err)}}
}

func validRegistration(r *sanadv1.RegisterMemberRequest) (enrolment.Request, error) {
	if r == nil {
		return enrolment.Request{}, insurance.Fault{Field: "request", Reason: "ITEM_MISSING", Text: "the item is empty"}
	}
	if err := validate(r); err != nil {
		return enrolment.Request{}, err
	}
	return registrationFrom(r)
}

// LookUpMembers finds the members that a reference points to on a day.
func (s *memberServer) LookUpMembers(ctx context.Context, r *sanadv1.LookUpMembersRequest) (*sanadv1.LookUpMembersResponse, error) {
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return nil, err
	}
	found, err := s.members.LookUp(ctx, referenceFrom(r.GetReference()), s.regionOr(r.GetRegion()), on)
	if err != nil {
		return nil, err
	}
	return &sanadv1.LookUpMembersResponse{Members: membersTo(found)}, nil
}

// GetMember returns one member.
func (s *memberServer) GetMember(ctx context.Context, r *sanadv1.GetMemberRequest) (*sanadv1.GetMemberResponse, error) {
	found, err := s.members.Get(ctx, insurance.MemberID(r.GetMemberId()))
	if err != nil {
		return nil, err
	}
	return &sanadv1.GetMemberResponse{Member: memberTo(found[0])}, nil
}

// ListMembers pages through the members.
func (s *memberServer) ListMembers(ctx context.Context, r *sanadv1.ListMembersRequest) (*sanadv1.ListMembersResponse, error) {
	limit, err := limitOf(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	found, next, err := s.members.List(ctx, insurance.MemberID(r.GetPageToken()), limit)
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListMembersResponse{Members: membersTo(found), NextPageToken: string(next)}, nil
}

// SetPhones replaces a member's phones, and books to her what waits under the new ones.
func (s *memberServer) SetPhones(ctx context.Context, r *sanadv1.SetPhonesRequest) (*sanadv1.SetPhonesResponse, error) {
	from, err := dateFrom("from", r.GetFrom())
	if err != nil {
		return nil, err
	}
	phones, err := phonesFrom("phones", r.GetPhones())
	if err != nil {
		return nil, err
	}
	member, err := s.setPhones(ctx, insurance.MemberID(r.GetMemberId()), phones, s.regionOr(r.GetRegion()), from)
	if err != nil {
		return nil, err
	}
	return &sanadv1.SetPhonesResponse{Member: memberTo(member)}, nil
}

func (s *memberServer) setPhones(ctx context.Context, id insurance.MemberID, phones []insurance.Phone, region string, from ledger.Date) (insurance.Member, error) {
	member, err := s.members.SetPhones(ctx, id, phones, region, from)
	if err != nil || s.claim == nil {
		return member, err
	}
	if _, err := s.claim(ctx, member.ID, s.members.References(member)); err != nil {
		return member, fmt.Errorf("claim for member %s: %w", member.ID, err)
	}
	return member, nil
}

// SetStandingChoice says whom a payer's phone pays for.
func (s *memberServer) SetStandingChoice(ctx context.Context, r *sanadv1.SetStandingChoiceRequest) (*sanadv1.SetStandingChoiceResponse, error) {
	err := s.members.SetStandingChoice(ctx, r.GetPhone(), s.regionOr(r.GetRegion()), insurance.MemberID(r.GetMemberId()))
	if err != nil {
		return nil, err
	}
	return &sanadv1.SetStandingChoiceResponse{}, nil
}

// EraseMember is a person's word for destroying a member's personal data.
func (s *memberServer) EraseMember(ctx context.Context, r *sanadv1.EraseMemberRequest) (*sanadv1.EraseMemberResponse, error) {
	agreed, err := s.members.Erase(ctx, insurance.MemberID(r.GetMemberId()), r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.EraseMemberResponse{Approval: approvalTo(agreed)}, nil
}
