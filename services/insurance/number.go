package insurance

import (
	"fmt"
	"unicode"
)

// The lengths of a member number, as on any card.
const (
	shortestNumber = 6
	longestNumber  = 16
)

// memberNumber reads a member number: digits of any script, with spaces or hyphens between them; empty where it is
// none.
func memberNumber(text string) string {
	if len(text) < shortestNumber {
		return ""
	}
	digits := make([]byte, 0, longestNumber)
	for _, r := range text {
		digit, ok := digitOf(r)
		switch {
		case ok && len(digits) < longestNumber:
			digits = append(digits, digit)
		case r != ' ' && r != '-' && r != '\u00a0':
			return ""
		}
	}
	if len(digits) < shortestNumber {
		return ""
	}
	return string(digits)
}

// CheckCardNumber returns what is wrong with a number that is printed on a paper card; empty is none and right.
func CheckCardNumber(number string) error {
	if number != "" && memberNumber(number) != number {
		return Fault{"card_number", "CARD_NUMBER_INVALID", fmt.Sprintf("use %d to %d digits", shortestNumber, longestNumber)}
	}
	return nil
}

// NewNumber makes a member number of nine digits and their check digit: ten digits, of which the first is not 0, so
// that no phone that is dialled with a 0 looks like one.
func NewNumber(random uint64) string {
	const first, count = 100_000_000, 900_000_000
	nine := fmt.Sprint(first + random%count)
	return nine + string('0'+rune(damm(nine)))
}

// NumberChecks says whether the check digit of a number that we gave is right. Numbers from paper cards have none.
func NumberChecks(number string) bool {
	return len(number) == 10 && memberNumber(number) == number && damm(number) == 0
}

// damm is the check digit of the digits, 0 where it stands among them and is right. It finds every single wrong digit
// and every two neighbours exchanged (H. M. Damm, Total anti-symmetrische Quasigruppen, Marburg 2004; the table is
// that of section 5).
func damm(digits string) byte {
	var interim byte
	for i := range len(digits) {
		interim = dammTable[interim][digits[i]-'0']
	}
	return interim
}

var dammTable = [10][10]byte{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

// digitOf returns the decimal digit that the character is in any script, as '0' to '9'.
func digitOf(r rune) (byte, bool) {
	if r < unicode.MaxASCII {
		return byte(r), '0' <= r && r <= '9'
	}
	for _, digits := range unicode.Nd.R16 {
		if r >= rune(digits.Lo) && r <= rune(digits.Hi) {
			return '0' + byte((r-rune(digits.Lo))%10), true
		}
	}
	return 0, false
}
