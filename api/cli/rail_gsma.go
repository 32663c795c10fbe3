package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/gsma"
)

// gsmaFile is what a file says of a mobile-money operator. Nobody but its owner may read it: it holds credentials.
type gsmaFile struct {
	Name        string            `yaml:"name"`
	URL         string            `yaml:"url"`
	APIKey      gsma.Secret       `yaml:"api_key"`
	ClientID    gsma.Secret       `yaml:"client_id"`
	Bearer      gsma.Secret       `yaml:"bearer"`
	Account     map[string]string `yaml:"account"`
	Currencies  []ledger.Currency `yaml:"currencies"`
	Callback    gsmaCallback      `yaml:"callback"`
	Timeout     time.Duration     `yaml:"timeout"`
	Settling    time.Duration     `yaml:"settling"`
	Polling     time.Duration     `yaml:"polling"`
	Returnable  time.Duration     `yaml:"returnable"`
	NoResponses bool              `yaml:"no_responses"`
	OnCredit    bool              `yaml:"on_credit"`
}

type gsmaCallback struct {
	URL    string      `yaml:"url"`
	Secret gsma.Secret `yaml:"secret"`
}

// largestRailFile bounds the file.
const largestRailFile = 64 << 10

// errRailFile never repeats what stands in the file.
var errRailFile = errors.New("the file is not understood: write name, url, account, currencies and what the operator asks for, as the help of serve shows")

// openGSMA reads what a file says of an operator.
func openGSMA(_ context.Context, env Env, path string) (payout.Rail, func(), error) {
	said, err := readGSMAFile(path)
	if err != nil {
		return nil, nil, err
	}
	config := gsma.Config{
		Name: said.Name, URL: said.URL, APIKey: said.APIKey, ClientID: said.ClientID, Bearer: said.Bearer, Currencies: said.Currencies,
		Callback: gsma.Callback{URL: said.Callback.URL, Secret: said.Callback.Secret}, Timeout: said.Timeout, Settling: said.Settling,
		Polling: said.Polling, Returnable: said.Returnable, NoResponses: said.NoResponses, OnCredit: said.OnCredit, Now: env.Now,
	}
	for _, key := range slices.Sorted(maps.Keys(said.Account)) {
		config.Account = append(config.Account, gsma.Party{Key: key, Value: said.Account[key]})
	}
	rail, err := gsma.New(config)
	return rail, func() {}, err
}

func readGSMAFile(path string) (said gsmaFile, err error) {
	file, err := os.Open(path)
	if err != nil {
		return said, err
	}
	defer func() { _ = file.Close() }()
	if err := checkPrivate(file); err != nil {
		return said, err
	}
	text, err := io.ReadAll(io.LimitReader(file, largestRailFile))
	if err != nil {
		return said, fmt.Errorf("read %s: %w", path, err)
	}
	if err := yaml.UnmarshalWithOptions(text, &said, yaml.Strict()); err != nil { // its words quote the file
		return said, errRailFile
	}
	return said, nil
}
