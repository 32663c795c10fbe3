package gsma

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// reply is what came back over HTTP.
type reply struct {
	status int
	body   []byte
}

// call makes one call. An error says that no answer came, so that nobody knows what has happened. It names neither the
// address, which may hold a secret, nor what was sent, which names somebody (L11).
func (r *Rail) call(ctx context.Context, method, path string, headers map[string]string, message any) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout())
	defer cancel()
	request, err := r.request(ctx, method, path, headers, message)
	if err != nil {
		return reply{}, err
	}
	answer, err := r.client().Do(request)
	if err != nil {
		return reply{}, fmt.Errorf("%s %s at the operator: %w", method, kindOf(path), withoutAddress(err))
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, largestBody+1))
	if err != nil {
		return reply{}, fmt.Errorf("%s %s at the operator: the answer broke off: %w", method, kindOf(path), withoutAddress(err))
	}
	if len(body) > largestBody {
		return reply{}, fmt.Errorf("%s %s at the operator: %w", method, kindOf(path), ErrForm)
	}
	return reply{answer.StatusCode, body}, nil
}

func (r *Rail) request(ctx context.Context, method, path string, headers map[string]string, message any) (*http.Request, error) {
	var body []byte
	if message != nil {
		var err error
		if body, err = json.Marshal(message); err != nil {
			return nil, fmt.Errorf("write a message: %w", err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(r.Config.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s %s at the operator: the address in the configuration can't be used", method, kindOf(path))
	}
	r.sign(request, body)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	return request, nil
}

// sign sets the headers that every call carries.
func (r *Rail) sign(request *http.Request, body []byte) {
	request.Header.Set(HeaderDate, r.Config.Now().UTC().Format(time.RFC3339))
	request.Header.Set("Accept", "application/json")
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
		sum := sha256.Sum256(body)
		request.Header.Set(HeaderHash, hex.EncodeToString(sum[:]))
	}
	for name, secret := range map[string]Secret{HeaderAPIKey: r.Config.APIKey, HeaderClient: r.Config.ClientID, HeaderBearer: r.Config.Bearer} {
		if secret != "" {
			request.Header.Set(name, string(secret))
		}
	}
}

// kindOf is the path without what follows its first part.
func kindOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + first
}

// withoutAddress takes the address off an error of the HTTP client.
func withoutAddress(err error) error {
	var where *url.Error
	if errors.As(err, &where) {
		return where.Err
	}
	return err
}

// client follows no redirect: the credentials are for the operator alone.
func (r *Rail) client() *http.Client {
	client := http.Client{}
	if r.Config.Client != nil {
		client = *r.Config.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}
