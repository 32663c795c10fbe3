package insurance

import (
	"strings"
	"testing"
)

func TestWhatFitsOneTextMessage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		fits       bool
	}{
		{"160 of the GSM alphabet", strings.Repeat("a", 160), true},
		{"161 are one too many", strings.Repeat("a", 161), false},
		{"a euro takes two septets", strings.Repeat("a", 158) + "€", true},
		{"and the 159th leaves it no room", strings.Repeat("a", 159) + "€", false},
		{"brackets take two as well", strings.Repeat("[", 80), true},
		{"so that 81 are too many", strings.Repeat("[", 81), false},
		{"é, è, à, ù and a capital Ç are of the alphabet", strings.Repeat("éèàùÇ", 32), true},
		{"ê is not, so that 70 units are all", strings.Repeat("ê", 70), true},
		{"71 are too many", strings.Repeat("ê", 71), false},
		{"one ç among letters makes all of them UTF-16", strings.Repeat("a", 70) + "ç", false},
		{"Arabic has 70", strings.Repeat("ت", 70), true},
		{"and not 71", strings.Repeat("ت", 71), false},
		{"what lies beyond the basic plane takes two units", strings.Repeat("😀", 35), true},
		{"of which 36 are too many", strings.Repeat("😀", 36), false},
		{"a grave accent is not of the alphabet", strings.Repeat("`", 71), false},
		{"the escape is no character", strings.Repeat("\x1b", 71), false},
		{"nothing fits", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := FitsSMS(c.text); got != c.fits {
				t.Errorf("FitsSMS(%.20q…) = %v, want %v", c.text, got, c.fits)
			}
		})
	}
	if n := len([]rune(gsmBasic)); n != 127 {
		t.Errorf("the basic alphabet has %d characters besides the escape, not 127", n)
	}
}
