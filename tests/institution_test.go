package tests

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
)

// The institution's one collector and scheme.
const (
	collector = "mpesa-jo"
	scheme    = "basic"
	currency  = "JOD"
)

// institution is what servers serve: a database, and the file with the key to it.
type institution struct{ url, key string }

func newInstitution(t *testing.T, url string) institution {
	return institution{url: url, key: filepath.Join(t.TempDir(), "key")}
}

// onSQLite is an institution in a new file.
func onSQLite(t *testing.T) institution {
	return newInstitution(t, "sqlite:"+filepath.Join(t.TempDir(), "books.db"))
}

// connect makes a connection to a server that lasts as long as the test.
func connect(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// found publishes the scheme, sets the collector and registers as many members; it returns their numbers.
func found(t *testing.T, connection *grpc.ClientConn, members int) []string {
	t.Helper()
	schemes := sanadv1.NewSchemeServiceClient(connection)
	_, err := schemes.PublishScheme(t.Context(), &sanadv1.PublishSchemeRequest{Scheme: &sanadv1.Scheme{
		Code: scheme, Name: "Basic", CurrencyCode: currency, TimeZone: "Asia/Amman", Region: "JO", PublishedBy: "test",
		Pots: []*sanadv1.Pot{
			{AccountCode: 2100, Name: "Old-age savings", Share: "0.6", Pool: sanadv1.Pool_POOL_OLD_AGE},
			{AccountCode: 2200, Name: "Health cover", Share: "0.3", Pool: sanadv1.Pool_POOL_HEALTH},
			{AccountCode: 2300, Name: "Maternity cover", Share: "0.1", Pool: sanadv1.Pool_POOL_MATERNITY},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = schemes.SetCollector(t.Context(), &sanadv1.SetCollectorRequest{
		Collector: &sanadv1.Collector{Id: collector, DefaultScheme: scheme},
	})
	if err != nil {
		t.Fatal(err)
	}
	return register(t, sanadv1.NewMemberServiceClient(connection), members)
}

func register(t *testing.T, service sanadv1.MemberServiceClient, members int) []string {
	t.Helper()
	request := &sanadv1.BatchRegisterMembersRequest{}
	for n := range members {
		request.Requests = append(request.Requests, &sanadv1.RegisterMemberRequest{
			RequestId: fmt.Sprintf("first-%d", n),
			Person: &sanadv1.Person{
				Name:   fmt.Sprintf("Member %d", n),
				Phones: []*sanadv1.Phone{{Number: fmt.Sprintf("+96279%07d", n), From: &sanadv1.Date{Year: 2020, Month: 1, Day: 1}}},
			},
		})
	}
	answer, err := service.BatchRegisterMembers(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, result := range answer.GetResults() {
		if refusal := result.GetRefusal(); refusal != nil {
			t.Fatalf("a member was refused: %s", refusal.GetMessage())
		}
		numbers = append(numbers, result.GetRegistered().GetMember().GetNumber())
	}
	return numbers
}

// entries reads the ids of all entries from the table itself, past all of the program but its connection.
func (i institution) entries(ctx context.Context) (map[ledger.ID]bool, error) {
	db, err := sqldb.Open(ctx, i.url)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	ids := map[ledger.ID]bool{}
	err = db.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryArgs(ctx, "SELECT id FROM entry", nil, func(row sqldb.Scanner) error {
			var id []byte
			if err := row.Scan(&id); err != nil {
				return err
			}
			ids[ledger.ID(id)] = true
			return nil
		})
	})
	return ids, err
}

// verify has the program recompute the books: it exits with 0 where they are clean.
func (i institution) verify(ctx context.Context) error {
	_, err := sanad(ctx, "verify", "--db", i.url)
	return err
}

// owed is what the collector's clearing account stands at, as text: all that it has taken in.
func owed(ctx context.Context, connection *grpc.ClientConn) (string, error) {
	answer, err := sanadv1.NewLedgerServiceClient(connection).GetBalances(ctx, &sanadv1.GetBalancesRequest{
		Accounts: []*sanadv1.Account{{Code: int32(ledger.CollectorClearing), Party: "collector:" + collector, CurrencyCode: currency}},
	})
	if err != nil {
		return "", err
	}
	return answer.GetBalances()[0].GetBalance().GetAmount(), nil
}
