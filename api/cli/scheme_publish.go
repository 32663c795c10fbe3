package cli

import (
	"context"
	"fmt"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// schemePublish publishes a folder over gRPC.
type schemePublish struct {
	onServer
	Dir string `arg:"" help:"The scheme's folder, with its scheme.yaml."`
	By  string `required:"" help:"Who publishes it."`
}

// Help shows how scheme publish is used.
func (schemePublish) Help() string {
	return `The server reads the files and computes every example; a scheme that fails one is not published. A version that is in
force can't be changed: what is published is the next one, in force from its effective day. One that reaches back takes
effect on what was booked before when its subsidies are run (sanad subsidy run).

Examples:
  sanad scheme publish deploy/schemes/national-match --by "K. Haddad, Ministry of Labour"
  sanad scheme publish deploy/schemes/national-match --by khaddad --addr 127.0.0.1:7450`
}

// Run publishes it.
func (p schemePublish) Run(ctx context.Context, env Env) error {
	_, folder, err := openProven(ctx, p.Dir)
	if problems := asProblems(p.Dir, err); len(problems) > 0 {
		printProblems(env.Out, problems)
		return errFound
	}
	server, err := p.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	answer, err := server.schemes.PublishSchemeFolder(ctx, &sanadv1.PublishSchemeFolderRequest{
		Folder:      &sanadv1.SchemeFolder{SchemeYaml: folder.Scheme, RulesStar: folder.Rules, ExamplesYaml: folder.Examples},
		PublishedBy: p.By,
	})
	if err != nil {
		return explained(p.Addr, err)
	}
	s := answer.GetScheme()
	since := s.GetEffectiveOn()
	if since == "" {
		since = "always"
	}
	fmt.Fprintf(env.Out, "%s version %d is published, in force from %s\n", s.GetCode(), s.GetVersion(), since)
	return nil
}
