package rule

import (
	"maps"
	"slices"
)

// EventKind is what kind of event a claim is about; rules may ask for it by the word event.
type EventKind string

// The kinds of event.
const (
	EventIllness      EventKind = "illness"
	EventAccident     EventKind = "accident"
	EventWorkAccident EventKind = "work-accident"
	EventPregnancy    EventKind = "pregnancy"
	EventBirth        EventKind = "birth"
	EventStillbirth   EventKind = "stillbirth"
	EventMiscarriage  EventKind = "miscarriage"
	EventAdoption     EventKind = "adoption"
	EventDisability   EventKind = "disability"
	EventDeath        EventKind = "death"
	EventChildhood    EventKind = "childhood"
)

// EventKinds lists the kinds.
func EventKinds() []EventKind {
	return []EventKind{EventIllness, EventAccident, EventWorkAccident, EventPregnancy, EventBirth, EventStillbirth, EventMiscarriage,
		EventAdoption, EventDisability, EventDeath, EventChildhood}
}

// OfPregnancy says whether the event is a pregnancy or what comes of one.
func (k EventKind) OfPregnancy() bool {
	return slices.Contains([]EventKind{EventPregnancy, EventBirth, EventStillbirth, EventMiscarriage}, k)
}

// eventNumbers are the numbers of an event that benefits may name.
var eventNumbers = map[string]string{
	"event_days":       "the days that are asked for",
	"months_in_window": "the months that count towards what qualifies",
	"years_paid":       "the years of months that were paid",
	"earnings":         "what was given as earnings, by the benefit's own rule",
	"paid":             "what was given in the month that is looked at",
	"heads":            "those whom the benefit is for",
	"born":             "the children of the birth or adoption",
	"claim_amount":     "the amount that is asked for",
	"degree":           "the degree of disability",
}

func init() { maps.Copy(circumstances, eventNumbers) }
