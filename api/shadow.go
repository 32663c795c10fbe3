package api

import (
	"context"

	"sanad.dev/sanad/ledger/sqldb"
	enrolmentsql "sanad.dev/sanad/services/enrolment/sqlstore"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/shadow"
)

// OpenShadow opens the database at the URL for shadow runs, which only read. It stands apart from [Open] and no server
// has it: a shadow run opens everybody's facts, and who may ask for that is who holds the key. Whoever opens it closes
// the database.
func OpenShadow(ctx context.Context, url string, master []byte) (*shadow.Service, *sqldb.DB, error) {
	keys, err := privacy.NewKeyring(master)
	if err != nil {
		return nil, nil, err
	}
	db, err := sqldb.Open(ctx, url)
	if err != nil {
		return nil, nil, err
	}
	if err := enrolmentsql.Owns(ctx, db, keys); err != nil {
		db.Close()
		return nil, nil, err
	}
	history := store[shadow.Tx]{db, func(t tx) shadow.Tx { return t }}
	return &shadow.Service{Store: history, Keys: keys}, db, nil
}
