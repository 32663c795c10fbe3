package cli

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// limitMemory lets the kernel refuse more memory than mostMemory beyond what the process has now.
func limitMemory() {
	limit := dataNow() + mostMemory
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: limit, Max: limit}) // the watch on the heap is left
}

// dataNow is how much memory of its own the process has mapped.
func dataNow() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 6 {
		return mostMemory
	}
	pages, err := strconv.ParseUint(fields[5], 10, 64)
	if err != nil {
		return mostMemory
	}
	return pages * uint64(os.Getpagesize())
}

// allowTime gives the process time for one more task; whoever started it may not be there to stop it.
func allowTime() {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CPU, &limit) != nil {
		return
	}
	seconds := uint64(used.Utime.Sec + used.Stime.Sec)
	limit.Cur = min(limit.Max, seconds+3*uint64(longestTask.Seconds())) // of several processors
	_ = syscall.Setrlimit(syscall.RLIMIT_CPU, &limit)                   // whoever started it has a clock
}
