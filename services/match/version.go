package match

import (
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Compiled are the rules of a published version, read once in the life of the process; a version without rules has none.
func Compiled(v insurance.Scheme) (*rule.Scheme, error) { return compile(v) }
