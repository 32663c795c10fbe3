package cover

import "slices"

// advise is the least that would change what stands on the day; nil where no payment does.
func (j *judging) advise(s standing) *Advice { return nil }

var _ = slices.Sort[[]int]
