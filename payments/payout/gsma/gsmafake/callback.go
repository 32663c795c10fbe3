package gsmafake

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"sanad.dev/sanad/payments/payout/gsma"
)

// callBack tells the caller how a request ended, as it was promised: once, twice or, by fate, not at all.
func (s *Server) callBack(q request) {
	if q.callback == "" || q.fate.Mute {
		return
	}
	times := 1
	if q.fate.Twice {
		times = 2
	}
	for range times {
		s.put(q)
	}
}

// put sends one callback. One that is not taken is not sent again: the caller can ask.
func (s *Server) put(q request) {
	var message any = q.tx
	if q.state.Error != nil {
		message = q.state.Error
	}
	body, err := json.Marshal(message)
	if err != nil {
		return
	}
	call, err := http.NewRequestWithContext(s.ctx, http.MethodPut, q.callback, bytes.NewReader(body))
	if err != nil {
		return
	}
	call.Header.Set("Content-Type", "application/json")
	call.Header.Set(gsma.HeaderCorrelation, q.correlation)
	call.Header.Set(gsma.HeaderDate, s.config.stamp())
	answer, err := s.client().Do(call)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<10))
	_ = answer.Body.Close()
}

func (s *Server) client() *http.Client {
	if s.config.Client != nil {
		return s.config.Client
	}
	return http.DefaultClient
}
