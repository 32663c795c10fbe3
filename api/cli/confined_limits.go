package cli

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// mostMemory is what a confined process may have, beyond what it begins with.
	mostMemory = 512 << 20
	// exitHungry is its exit code when it needs more.
	exitHungry = 3
	// lookEvery is how often its memory is looked at.
	lookEvery = 10 * time.Millisecond
)

// confine bounds the memory of this process: by the system where it can, and by a watch on the heap everywhere.
func confine() (stop func()) {
	debug.SetMemoryLimit(mostMemory / 4 * 3) // from here on memory is collected as hard as can be
	limitMemory()
	ticks := time.NewTicker(lookEvery)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for range ticks.C {
			if metrics.Read(sample); sample[0].Value.Uint64() > mostMemory {
				os.Exit(exitHungry)
			}
		}
	}()
	return ticks.Stop
}
