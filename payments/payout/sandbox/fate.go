package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"sanad.dev/sanad/payments/payout"
)

// Fate is what the sandbox does with a call that asks it to pay.
type Fate struct {
	// LosesOrder: the call never arrives, and has no answer.
	LosesOrder bool
	// Late is how long after the call the order arrives; a late order's call has no answer.
	Late time.Duration
	// LosesAnswer: the order is taken, and the answer is lost.
	LosesAnswer bool
	// Fails: the order is refused in the end. Returns: it is paid and comes back.
	Fails, Returns bool
	// Delay is how long after its arrival an order has its outcome.
	Delay time.Duration
	// Calls is how often it calls back about each outcome; stale calls back at the end what was true at the beginning.
	Calls int
	Stale bool
}

// Odds are how often things go wrong, per thousand, and how long they take.
type Odds struct {
	LosesAnswer, LosesOrder, Late, Fails, Returns, Repeats, Stale int64
	// Delay bounds how long an order takes, and Lateness how late one arrives.
	Delay, Lateness time.Duration
}

// UsualOdds are those of a rail on a bad day: one answer in ten is lost.
var UsualOdds = Odds{
	LosesAnswer: 100, LosesOrder: 20, Late: 20, Fails: 30, Returns: 20, Repeats: 300, Stale: 100,
	Delay: 200 * time.Millisecond, Lateness: 400 * time.Millisecond,
}

// fate is decided by the seed, the key and which call for it this is: the same run of calls has the same fates. Whether
// an order fails or comes back depends on its key alone.
func (o Odds) fate(seed uint64, key payout.Key, call int64) Fate {
	of := lots{sum(seed, key, 0)}
	this := lots{sum(seed, key, call)}
	f := Fate{Fails: of.within(0, o.Fails), Delay: of.part(1, o.Delay), Calls: 1, Stale: of.within(2, o.Stale)}
	f.Returns = !f.Fails && of.within(3, o.Returns)
	if of.within(4, o.Repeats) {
		const most = 3
		f.Calls += 1 + int(of.number(5)%most)
	}
	switch {
	case this.within(0, o.LosesOrder):
		f.LosesOrder = true
	case this.within(1, o.Late):
		f.Late = max(time.Microsecond, this.part(2, o.Lateness))
	default:
		f.LosesAnswer = this.within(3, o.LosesAnswer)
	}
	return f
}

func sum(seed uint64, key payout.Key, call int64) [32]byte {
	text := binary.BigEndian.AppendUint64([]byte("sanad sandbox"), seed)
	text = binary.BigEndian.AppendUint64(append(text, key[:]...), uint64(call))
	return sha256.Sum256(text)
}

// lots are numbers drawn for one thing, by their place.
type lots struct{ sum [32]byte }

func (l lots) number(place int) int64 {
	const width = 4
	return int64(binary.BigEndian.Uint32(l.sum[place*width:]))
}

// within draws once: true for so many of a thousand.
func (l lots) within(place int, odds int64) bool { return l.number(place)%1000 < odds }

// part draws a part of the duration.
func (l lots) part(place int, of time.Duration) time.Duration {
	if of <= 0 {
		return 0
	}
	return time.Duration(l.number(place)) * time.Microsecond % of
}
