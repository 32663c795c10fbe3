package insurance

import "strings"

// Proposal is an act that takes two people. Key names the act, as kind and object: "erase-member:7ab3…". Maker is
// empty while nobody has proposed it.
type Proposal struct {
	Key             string
	Maker, Approver string
	Done            bool
}

// longestPerson bounds the name of a person who proposes or approves.
const longestPerson = 64

// Agree is a person's word for an act, as it stands now; nil and a proposal without maker mean that nobody has spoken.
// The first person proposes it; her own word again changes nothing. Another person approves it, and only that call
// carries it out. Once done it stays done, whoever calls. The only error is a person without a proper name.
func Agree(p *Proposal, person string) (after Proposal, carryOut bool, err error) {
	if p != nil {
		after = *p
	}
	if err := checkPerson(person); err != nil {
		return after, false, err
	}
	switch {
	case after.Done:
		return after, false, nil
	case after.Maker == "":
		after.Maker = person
		return after, false, nil
	case strings.EqualFold(after.Maker, person):
		return after, false, nil
	}
	after.Approver, after.Done = person, true
	return after, true, nil
}

func checkPerson(person string) error {
	if person == "" || person != strings.TrimSpace(person) {
		return Fault{"person", approvalIsNobody, "say who makes this call, without spaces around the name"}
	}
	return CheckText("person", approvalIsNobody, person, longestPerson)
}
