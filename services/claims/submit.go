package claims

import (
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// Handed is a claim as somebody hands it in.
type Handed struct {
	Submission
	// Claim says what happened and what is asked for; its id and member are found here.
	Claim benefit.Claim
}

// The limits on what people write, in characters, and on what one claim holds.
const (
	longestReference = 128
	longestWord      = 64
	mostEvidence     = 100
)

// Submit takes a claim, judges it, and books what is granted where nothing needs a person. The same claim again under its
// reference is answered as it stands now (L3); it is kept whoever it is for, and also where nobody knows whose it is.
func (s *Service) Submit(ctx context.Context, h Handed) (Shown, error) {
	return s.take(ctx, h, false)
}

// Preauthorise judges a claim before the care is given. What is granted is held against the limits until the claim comes
// that uses it, or it is withdrawn; nothing is owed for it.
func (s *Service) Preauthorise(ctx context.Context, h Handed) (Shown, error) {
	return s.take(ctx, h, true)
}

func (s *Service) take(ctx context.Context, h Handed, before bool) (shown Shown, err error) {
	if err := h.check(); err != nil {
		return shown, err
	}
	k := Content{Submission: h.Submission, Claim: h.Claim}
	c := Claim{ID: s.name(h.By, h.Reference), Provider: h.provider(), Scheme: h.Scheme, Uses: h.Uses, EventOn: h.Claim.Event.On}
	k.Claim.ID, k.Claim.Member = c.subject(), ""
	if c.Fingerprint, err = s.fingerprint(k); err != nil {
		return shown, err
	}
	if before {
		c.State = Preauthorised
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		shown, err = s.takeOnce(ctx, tx, c, k)
		return err
	})
	if err != nil {
		err = fmt.Errorf("take a claim: %w", err)
	}
	return shown, err
}

// takeOnce takes a claim in one transaction; k is what was sent.
func (s *Service) takeOnce(ctx context.Context, tx Tx, c Claim, k Content) (Shown, error) {
	if stored, err := tx.BenefitClaim(ctx, c.ID); err == nil {
		return s.again(ctx, tx, stored, c)
	}
	d, err := s.open(ctx, tx, c, k)
	if err != nil {
		return Shown{}, err
	}
	if err := d.readProvider(ctx, tx); err != nil {
		return Shown{}, err
	}
	d.today()
	if err := d.use(ctx, tx); err != nil {
		return Shown{}, err
	}
	if err := d.judge(ctx, tx); err != nil {
		return Shown{}, err
	}
	if err := d.proceed(ctx, tx); err != nil {
		return Shown{}, err
	}
	if err := d.save(ctx, tx, tx.InsertBenefitClaim); err != nil {
		return Shown{}, err
	}
	return s.show(ctx, tx, d.Claim)
}

// again answers a claim that was taken before, where it was the same (L3).
func (s *Service) again(ctx context.Context, tx Tx, stored, sent Claim) (Shown, error) {
	if stored.Fingerprint != sent.Fingerprint {
		return Shown{}, insurance.Fault{Field: "reference", Reason: insurance.ReferenceReused, Text: "another claim was sent under this reference; give each claim a reference of its own"}
	}
	shown, err := s.show(ctx, tx, stored)
	shown.Repeated = true
	return shown, err
}

func (h Handed) provider() insurance.ProviderID {
	if h.By.As == AsProvider {
		return h.By.Provider
	}
	return insurance.ProviderID(h.Claim.Provider.ID())
}

// check returns what is wrong with the form of what was handed in. What the scheme's rules ask of a claim they say
// themselves.
func (h Handed) check() error {
	if h.Reference == "" {
		return insurance.Fault{Field: "reference", Reason: "REFERENCE_MISSING", Text: "give your own reference of the claim; sent again under it, it is taken once"}
	}
	for field, text := range map[string]string{"reference": h.Reference, "claim.person": h.Claim.Person, "claim.event.id": h.Claim.Event.ID} {
		if err := insurance.CheckText(field, "TEXT_INVALID", text, longestReference); err != nil {
			return err
		}
	}
	if err := h.By.check(); err != nil {
		return err
	}
	if h.PayTo != "" && !h.PayTo.WellFormed() {
		return insurance.Fault{Field: "pay_to", Reason: "MEMBER_INVALID", Text: "name who is paid by her id"}
	}
	if err := h.checkSurvivors(); err != nil {
		return err
	}
	return checkEvidence(h.Claim.Evidence)
}

// mostSurvivors bounds those of one claim.
const mostSurvivors = 64

func (h Handed) checkSurvivors() error {
	if len(h.Survivors) > mostSurvivors {
		return insurance.Fault{Field: "survivors", Reason: "TOO_MANY_SURVIVORS", Text: fmt.Sprintf("a claim names at most %d", mostSurvivors)}
	}
	for i, v := range h.Survivors {
		if v.PayTo.Kind() == ledger.PayerKind && h.By.As == AsFund {
			continue
		}
		paid := insurance.MemberID(v.PayTo.ID())
		if v.PayTo == "" {
			paid = insurance.MemberID(v.Person)
		}
		if !paid.WellFormed() {
			return insurance.Fault{Field: fmt.Sprintf("survivors[%d].pay_to", i), Reason: "MEMBER_INVALID", Text: "name who is paid by her id: the survivor herself, or a minor's guardian"}
		}
	}
	return nil
}

func (by Submitter) check() error {
	if _, _, err := insurance.Agree(nil, by.Person); err != nil {
		return err
	}
	switch by.As {
	case AsProvider:
		return by.Provider.Check()
	case AsMember, AsDelegate, AsFund:
		return nil
	}
	return insurance.Fault{Field: "as", Reason: "SUBMITTER_UNKNOWN", Text: "say who hands the claim in: provider, member or delegate"}
}

func checkEvidence(evidence []benefit.Evidence) error {
	if len(evidence) > mostEvidence {
		return insurance.Fault{Field: "evidence", Reason: "TOO_MUCH_EVIDENCE", Text: fmt.Sprintf("a claim has at most %d pieces of evidence", mostEvidence)}
	}
	for i, e := range evidence {
		if e.Event == "" {
			return insurance.Fault{Field: fmt.Sprintf("evidence[%d].event", i), Reason: "EVIDENCE_INVALID", Text: "say what took place, such as birth or antenatal-visit"}
		}
		for field, text := range map[string]string{"event": e.Event, "by": e.By} {
			if err := insurance.CheckText(fmt.Sprintf("evidence[%d].%s", i, field), "TEXT_INVALID", text, longestWord); err != nil {
				return err
			}
		}
	}
	return nil
}

// desk is where one claim is looked at: what was read for it, and what will be written.
type desk struct {
	*Service
	Claim
	content Content
	scheme  insurance.Scheme
	// versions are all of the scheme.
	versions []insurance.Scheme
	sealer   *privacy.Sealer
	page     *ledger.Page
	owed     Owed
	// on is the day of what is done now.
	on ledger.Date
	// standing is the decision that stood when the claim was opened, and taken one that is taken now; nil where there is
	// none. Next is what the claim was judged to be.
	standing, taken *insurance.RecordedDecision
	next            *verdict
	facts           insurance.Facts
	entries         []ledger.Entry
}

// open reads what every look at a claim needs, and locks what it will change: the person whom it is about, and the
// accounts of those who may be paid.
func (s *Service) open(ctx context.Context, tx Tx, c Claim, k Content) (*desk, error) {
	d := &desk{Service: s, Claim: c, content: k}
	versions, err := tx.SchemeVersions(ctx, k.Scheme)
	if err != nil {
		return nil, err
	}
	if d.versions = versions[k.Scheme]; len(d.versions) == 0 {
		return nil, insurance.Fault{Field: "scheme", Reason: "SCHEME_UNKNOWN", Text: "no such scheme; publish it first"}
	}
	d.scheme = d.versions[len(d.versions)-1]
	d.Currency = d.scheme.Currency
	if k.Currency != "" && k.Currency != d.Currency {
		return nil, insurance.Fault{Field: "claim.amount.currency_code", Reason: "CURRENCY_MISMATCH", Text: "the scheme is in " + string(d.Currency)}
	}
	if err := d.identify(ctx, tx); err != nil {
		return nil, err
	}
	if d.Person != (Hash{}) {
		if err := tx.HoldClaimPerson(ctx, d.Person); err != nil {
			return nil, err
		}
	}
	d.page, err = tx.Page(ctx, ledger.Need{Parties: d.parties()})
	return d, err
}

// parties are the members whose accounts the claim may change.
func (d *desk) parties() []ledger.Party {
	var parties []ledger.Party
	for _, member := range []insurance.MemberID{d.Member, d.content.PayTo} {
		if party := member.Party(); member != "" && !slices.Contains(parties, party) {
			parties = append(parties, party)
		}
	}
	return parties
}

// identify finds whose claim it is on the day of the event, and makes the key that it is sealed under. Where nobody can be
// told, the claim has a key of its own.
func (d *desk) identify(ctx context.Context, tx Tx) error {
	if d.Member == "" {
		member, err := d.find(ctx, tx, d.content.For)
		if err != nil {
			return err
		}
		d.adopt(member)
	}
	if d.Member == "" {
		if d.Salt == nil {
			d.Salt = privacy.NewSalt()
		}
		sealer, err := d.Keys.Sealer(d.Salt)
		d.sealer = sealer
		return err
	}
	salts, err := tx.Salts(ctx, d.Member, d.content.PayTo)
	if err != nil {
		return err
	}
	if _, known := salts[d.content.PayTo]; d.content.PayTo != "" && !known {
		return insurance.Fault{Field: "pay_to", Reason: insurance.MemberUnknown, Text: "nobody has that id; register who is to be paid first"}
	}
	d.sealer, err = d.sealerOf(salts[d.Member])
	return err
}

// adopt makes the claim the member's; what was sealed before under the claim's own key can still be opened by her key.
func (d *desk) adopt(member insurance.MemberID) {
	if member == "" {
		return
	}
	d.content.FirstSalt, d.Salt = d.Salt, nil
	d.Member, d.content.Claim.Member = member, member
	d.Person = d.personOf(d.content.Claim)
}

// find is the one member whom the reference points to on the day of the event; empty where there is none, or several.
func (d *desk) find(ctx context.Context, tx Members, r insurance.Reference) (insurance.MemberID, error) {
	if r.Member != "" {
		salts, err := tx.Salts(ctx, r.Member)
		if _, known := salts[r.Member]; err != nil || !known {
			return "", err
		}
		return r.Member, nil
	}
	identifiers := r.Identifiers(d.scheme.Region)
	hashes := make([]Hash, len(identifiers))
	for i, id := range identifiers {
		hashes[i] = insurance.HashIdentifier(d.Keys, id)
	}
	found, err := tx.Resolve(ctx, hashes...)
	if err != nil {
		return "", err
	}
	for _, h := range hashes {
		var members []insurance.MemberID
		for _, f := range found[h] {
			if f.On(d.EventOn) && !slices.Contains(members, f.Member) {
				members = append(members, f.Member)
			}
		}
		if len(members) > 0 {
			return alone(members), nil
		}
	}
	return "", nil
}

func alone(members []insurance.MemberID) insurance.MemberID {
	if len(members) == 1 {
		return members[0]
	}
	return ""
}

// readProvider sees that the provider is known, and writes its level of care where a line says none.
func (d *desk) readProvider(ctx context.Context, tx Tx) error {
	if d.Provider == "" {
		return nil
	}
	found, err := tx.Providers(ctx, d.Provider)
	if err != nil {
		return err
	}
	p, ok := found[d.Provider]
	if !ok {
		return insurance.Fault{Field: "provider", Reason: insurance.ProviderUnknown, Text: "no such provider; set it first"}
	}
	claim := &d.content.Claim
	claim.Provider = p.ID.Party()
	if d.content.PaidByMember {
		claim.Provider = ""
	}
	claim.Lines = slices.Clone(claim.Lines)
	for i := range claim.Lines {
		if claim.Lines[i].Level == "" {
			claim.Lines[i].Level = p.Level
		}
	}
	return nil
}

// today sets the day of what is done: today in the scheme's zone. A claim that came on paper came on the day that is
// written on it, if that is not to come.
func (d *desk) today() {
	d.on = ledger.DateOf(d.page.RecordedAt().In(d.scheme.Location()))
	claim := &d.content.Claim
	if claim.ReceivedOn == 0 || claim.ReceivedOn > d.on {
		claim.ReceivedOn = d.on
	}
	d.ReceivedOn = claim.ReceivedOn
}

// use takes up the pre-authorisation that the claim names, which holds the limits no longer.
func (d *desk) use(ctx context.Context, tx Tx) error {
	if d.Uses.IsZero() {
		return nil
	}
	before, err := tx.HoldBenefitClaim(ctx, d.Uses)
	if err != nil {
		return err
	}
	if before.State != Preauthorised || before.Member != d.Member || before.Scheme != d.Scheme {
		return insurance.Fault{Field: "preauthorisation_id", Reason: insurance.BenefitClaimWrongState, Text: "that is no pre-authorisation of this member which is still open; send the claim without it"}
	}
	before.State, before.DecidedOn = Withdrawn, d.on
	return tx.SaveBenefitClaim(ctx, before)
}

// save writes the claim with what it says, sealed.
func (d *desk) save(ctx context.Context, tx Tx, write func(context.Context, Claim) error) (err error) {
	if d.Sealed, err = d.content.seal(d.sealer, d.ID); err != nil {
		return err
	}
	if err := tx.Save(ctx, d.page); err != nil {
		return err
	}
	if d.taken != nil {
		kept, err := d.taken.Keep(d.sealer)
		if err != nil {
			return err
		}
		if err := tx.SaveDecision(ctx, kept); err != nil {
			return err
		}
	}
	if err := d.owed.save(ctx, tx, d.ID); err != nil {
		return err
	}
	d.RecordedAt = d.page.RecordedAt()
	return write(ctx, d.Claim)
}
