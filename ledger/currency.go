package ledger

import (
	"fmt"
	"strings"
)

// Currency is an ISO 4217 code, such as "JOD".
type Currency string

// NoCurrency is ISO 4217's code for what is counted and not paid, such as heads: XXX, without decimals.
const NoCurrency Currency = "XXX"

// The minor units of the currencies in ISO 4217 (2024): those with no decimals, with three, and with two.
const (
	noDecimals    = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
	threeDecimals = "BHD IQD JOD KWD LYD OMR TND"
	twoDecimals   = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF " +
		"CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF " +
		"IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK " +
		"MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE " +
		"SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)

var decimalsOf = currencies()

func currencies() map[Currency]int32 {
	table := map[Currency]int32{}
	for decimals, codes := range map[int32]string{0: noDecimals + " " + string(NoCurrency), 2: twoDecimals, 3: threeDecimals} {
		for _, code := range strings.Fields(codes) {
			table[Currency(code)] = decimals
		}
	}
	return table
}

// Decimals returns how many decimals the currency's minor unit has (ISO 4217): 0, 2 or 3.
func (c Currency) Decimals() (int32, error) {
	decimals, ok := decimalsOf[c]
	if !ok {
		return 0, fmt.Errorf("%w: currency %.8q is not in ISO 4217", ErrInvalid, string(c))
	}
	return decimals, nil
}
