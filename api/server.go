// Package api is the outside of Sanad: gRPC services over the use cases, the HTTP port beside them, and nothing that
// decides. It alone knows gRPC, protobuf and HTTP.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// The limits on what a caller may send.
const (
	// largestMessage lets a batch be answered item by item even where one item is far too large.
	largestMessage     = 16 << 20
	largestHeader      = 16 << 10
	mostStreams        = 1024
	longestDrain       = 15 * time.Second
	longestHTTPHeaders = 5 * time.Second
)

// Config says where to serve. Addresses are host:port; port 0 takes a free one.
type Config struct {
	Listen, HTTP string
	// Region is the ISO 3166 country in which members' phones without a country code are read.
	Region string
	// Ready is told the addresses once both ports are open; it may be nil.
	Ready func(grpcAddress, httpAddress string)
}

// ErrExposed: there is no authentication yet, so nothing may be served beyond this machine.
var ErrExposed = errors.New("refuses to listen beyond loopback without TLS and authentication; use 127.0.0.1, and a proxy that authenticates in front")

// Serve serves the institution until the context ends; then it takes no new calls, ends those under way and returns.
func Serve(ctx context.Context, i *Institution, c Config, log *slog.Logger) error {
	listener, err := listenLoopback(ctx, c.Listen)
	if err != nil {
		return err
	}
	web, err := listenLoopback(ctx, c.HTTP)
	if err != nil {
		_ = listener.Close()
		return err
	}
	server, healthy := newServer(i, c, log)
	site := &http.Server{Handler: site(i, log), ReadHeaderTimeout: longestHTTPHeaders, MaxHeaderBytes: largestHeader}
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(listener) }()
	go func() { failed <- site.Serve(web) }()
	if c.Ready != nil {
		c.Ready(listener.Addr().String(), web.Addr().String())
	}
	log.Info("serving", "grpc", listener.Addr().String(), "http", web.Addr().String())
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	healthy.Shutdown()
	drain(server)
	i.Collection.Drain()
	_ = site.Close()
	log.Info("stopped")
	return err
}

// listenLoopback opens a port that only this machine can reach.
func listenLoopback(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	ip := net.ParseIP(host)
	if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen on %q: %w", address, ErrExposed)
	}
	return (&net.ListenConfig{}).Listen(ctx, "tcp", address)
}

// drain lets calls under way end; those that have not after a while are cut off, and their callers send again (L3).
func drain(server *grpc.Server) {
	done := make(chan struct{})
	go func() {
		server.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(longestDrain):
		server.Stop()
		<-done
	}
}

func newServer(i *Institution, c Config, log *slog.Logger) (*grpc.Server, *health.Server) {
	server := grpc.NewServer(
		grpc.StatsHandler(otelgrpc.NewServerHandler()),
		grpc.ChainUnaryInterceptor(answer(log)),
		grpc.ChainStreamInterceptor(answerStream(log)),
		grpc.MaxRecvMsgSize(largestMessage),
		grpc.MaxHeaderListSize(largestHeader),
		grpc.MaxConcurrentStreams(mostStreams),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: time.Minute, Timeout: 20 * time.Second}),
	)
	sanadv1.RegisterContributionServiceServer(server, &contributionServer{collection: i.Collection})
	sanadv1.RegisterMemberServiceServer(server, newMemberServer(i, c.Region))
	sanadv1.RegisterDeathServiceServer(server, &deathServer{members: i.Enrolment, follows: i.afterDeath})
	sanadv1.RegisterCaseServiceServer(server, &caseServer{cases: i.Cases, correct: i.correct, follows: i.afterCase})
	sanadv1.RegisterSchemeServiceServer(server, &schemeServer{schemes: i.Schemes})
	sanadv1.RegisterLedgerServiceServer(server, &ledgerServer{books: i.Books, closing: i.Closing})
	sanadv1.RegisterCoverServiceServer(server, &coverServer{entitlements: i.Covers, region: c.Region})
	sanadv1.RegisterSubsidyServiceServer(server, &subsidyServer{treasury: i.Treasury, subsidies: i.Subsidies})
	sanadv1.RegisterPensionServiceServer(server, &pensionServer{pensions: i.Pensions})
	sanadv1.RegisterClaimServiceServer(server, &claimServer{claims: i.Claims})
	sanadv1.RegisterPayoutServiceServer(server, &payoutServer{payouts: i.Payouts})
	sanadv1.RegisterFundServiceServer(server, &fundServer{funds: i.Funds})
	healthy := health.NewServer()
	healthv1.RegisterHealthServer(server, healthy)
	reflection.Register(server)
	return server, healthy
}

// answer validates what is asked and turns domain errors into statuses; what only the log should see is logged.
func answer(log *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		if message, ok := request.(proto.Message); ok {
			if err := validate(message); err != nil {
				return nil, statusOf(err)
			}
		}
		response, err := handle(ctx, request)
		if err != nil {
			return nil, logged(ctx, log, info.FullMethod, err)
		}
		return response, nil
	}
}

func answerStream(log *slog.Logger) grpc.StreamServerInterceptor {
	return func(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
		if err := handle(service, stream); err != nil {
			return logged(stream.Context(), log, info.FullMethod, err)
		}
		return nil
	}
}

func logged(ctx context.Context, log *slog.Logger, method string, err error) error {
	st := statusOf(err)
	switch status.Code(st) {
	case codes.Internal, codes.Unknown, codes.Unavailable:
		log.ErrorContext(ctx, "call failed", "method", method, "error", err)
	}
	return st
}
