package statement_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"sanad.dev/sanad/payments/statement"
)

func ExampleOpen() {
	file := strings.NewReader(`reference,time,amount,currency,member
R-1,2026-03-14,"1,250.000",JOD,JO20417
R-2,2026-03-14,12.5O0,JOD,0791234567
`)
	r, format, err := statement.Open(file, statement.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("format:", format)
	for {
		l, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d: %s %s for %s: amount %q, unreadable %q\n", l.Number, l.Kind, l.Reference, l.Member, l.Amount, l.Unreadable)
	}
	// Output:
	// format: plain
	// 2: contribution R-1 for JO20417: amount "1250.000", unreadable ""
	// 3: contribution R-2 for 0791234567: amount "", unreadable "amount not readable: \"12.5O0\""
}
