package insurance

import (
	"strings"
	"unicode/utf16"
)

// What one text message carries: septets where every character is of the GSM alphabet, else units of UTF-16.
const (
	smsSeptets = 160
	smsUnits   = 70
)

// The default alphabet of GSM 03.38, and its extension, of which each character takes two septets. The escape that
// introduces the extension is no character of its own.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtra = "\f^{}\\[~]|€"
)

// FitsSMS says whether the text fits one text message.
func FitsSMS(text string) bool {
	if septets, ok := gsmSeptets(text); ok {
		return septets <= smsSeptets
	}
	return len(utf16.Encode([]rune(text))) <= smsUnits
}

// gsmSeptets counts the septets that the text takes; false where a character is not of the GSM alphabet.
func gsmSeptets(text string) (n int, ok bool) {
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			n++
		case strings.ContainsRune(gsmExtra, r):
			n += 2
		default:
			return 0, false
		}
	}
	return n, true
}
