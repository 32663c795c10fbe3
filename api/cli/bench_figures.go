package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/bits"
	"text/tabwriter"
	"time"
)

// clean is said of books in which verify finds nothing.
const clean = "clean"

// slowYardstick is the rate below which the database alone is too slow for the figures to tell of Sanad.
const slowYardstick = 15_000

// figures are what a bench measures. They are rates and times, not money.
type figures struct {
	Engine               string  `json:"engine"`
	Mode                 string  `json:"mode"`
	History              bool    `json:"history,omitempty"`
	Matching             bool    `json:"matching,omitempty"`
	Clients              int     `json:"clients"`
	Seconds              int     `json:"seconds"`
	Members              int     `json:"members"`
	Preloaded            int64   `json:"preloaded"`
	Sent                 int64   `json:"sent"`
	Acknowledged         int64   `json:"acknowledged"`
	Stored               int64   `json:"stored"`
	Missing              int64   `json:"missing"`
	PerSecond            float64 `json:"contributions_per_second"`
	P50                  float64 `json:"p50_ms"`
	P99                  float64 `json:"p99_ms"`
	BalanceP99           float64 `json:"balance_p99_ms"`
	BytesPerContribution float64 `json:"bytes_per_contribution"`
	RSS                  float64 `json:"rss_mib"`
	Yardstick            float64 `json:"yardstick_per_second"`
	Ratio                float64 `json:"ratio"`
	Verify               string  `json:"verify"`
}

// of takes over what the clients have seen.
func (f *figures) of(t benchTally) {
	f.Sent, f.Acknowledged = t.sent, int64(len(t.acknowledged))
	f.PerSecond = rounded(float64(f.Acknowledged)/t.took.Seconds(), 1)
	f.P50, f.P99 = t.latency.percentile(50), t.latency.percentile(99)
}

// faults are what must not be: each is a sentence.
func (f figures) faults(t benchTally) []string {
	var faults []string
	if f.Missing > 0 {
		faults = append(faults, fmt.Sprintf("%d acknowledged contributions are not in the books", f.Missing))
	}
	if f.Stored < f.Acknowledged || f.Stored > f.Sent {
		faults = append(faults, fmt.Sprintf("%d entries were stored for %d acknowledged and %d sent; does anything else write to this database?",
			f.Stored, f.Acknowledged, f.Sent))
	}
	if len(t.refused) > 0 {
		faults = append(faults, "contributions were refused, or went to suspense: "+t.reasons())
	}
	if f.Verify != clean {
		faults = append(faults, "the books do not verify: "+f.Verify)
	}
	return faults
}

// print writes a table, or one JSON object on a line.
func (f figures) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(f)
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range f.lines() {
		fmt.Fprintf(out, "%s\t%s\n", line[0], line[1])
	}
	return out.Flush()
}

func (f figures) lines() [][2]string {
	return [][2]string{
		{"load", fmt.Sprintf("%s, %d clients, %d s, %d members, %s", f.Mode, f.Clients, f.Seconds, f.Members, f.Engine)},
		{"stored before it", fmt.Sprint(f.Preloaded)},
		{"sent, acknowledged, stored", fmt.Sprintf("%d, %d, %d (%d missing)", f.Sent, f.Acknowledged, f.Stored, f.Missing)},
		{"contributions a second", fmt.Sprintf("%.0f", f.PerSecond)},
		{"send to answer", fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", f.P50, f.P99)},
		{"a member's balances", fmt.Sprintf("p99 %.2f ms", f.BalanceP99)},
		{"bytes a contribution", fmt.Sprintf("%.0f", f.BytesPerContribution)},
		{"the server's memory", fmt.Sprintf("%.0f MiB at most", f.RSS)},
		{"yardstick", fmt.Sprintf("%.0f a second; Sanad does %.2f of it", f.Yardstick, f.Ratio)},
		{"verify", f.Verify},
	}
}

// rounded rounds to so many decimals.
func rounded(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(v*scale) / scale
}

// latencies counts durations in buckets, each less than one part in 128 wide, as HDR histograms do: a second and an
// hour cost the same memory.
type latencies struct {
	counts [64 << 7]int64
	total  int64
}

const (
	bucketBits = 7
	buckets    = 1 << bucketBits
)

// bucketOf is the place of a number of microseconds: its length in bits, and the bits after the first.
func bucketOf(micros uint64) int {
	if micros < buckets {
		return int(micros)
	}
	shift := bits.Len64(micros) - bucketBits - 1
	return (shift+1)<<bucketBits | int(micros>>shift)&(buckets-1)
}

// mostIn is the longest number of microseconds in a bucket.
func mostIn(bucket int) uint64 {
	if bucket < buckets {
		return uint64(bucket)
	}
	shift := bucket>>bucketBits - 1
	return (uint64(bucket&(buckets-1)|buckets)+1)<<shift - 1
}

func (l *latencies) record(d time.Duration) {
	l.counts[bucketOf(uint64(max(0, d.Microseconds())))]++
	l.total++
}

func (l *latencies) add(other *latencies) {
	for i, n := range other.counts {
		l.counts[i] += n
	}
	l.total += other.total
}

// percentile is the duration, in milliseconds, that so many in a hundred do not exceed.
func (l *latencies) percentile(p int64) float64 {
	need, seen := (l.total*p+99)/100, int64(0)
	for bucket, n := range l.counts {
		if seen += n; n > 0 && seen >= need {
			return rounded(float64(mostIn(bucket))/1000, 2)
		}
	}
	return 0
}
