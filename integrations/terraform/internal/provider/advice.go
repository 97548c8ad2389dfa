package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/client/contexts"
)

// tokenFrom says where the token comes from, and never what it is.
func (s settings) tokenFrom(x contexts.Context) string {
	switch {
	case s.Token.ValueString() != "":
		return "that of the setting token"
	case s.TokenFile.ValueString() != "":
		return "that of the file " + s.TokenFile.ValueString() + " (token_file)"
	case x.TokenFile != "":
		return "that of the file " + x.TokenFile + " (context " + x.Name + ")"
	}
	return "that of NETMIRROR_TOKEN"
}

// notAsked reports whether an error is of the way to the controller or of the token: what was
// asked has not been judged.
func notAsked(err error) bool {
	var p *client.Problem
	return !errors.As(err, &p) || p.Status == http.StatusUnauthorized
}

// advised is the text of an error, and what to do about one of the way to the controller or
// of the token.
func (s *shared) advised(err error) string {
	var bad *tls.CertificateVerificationError
	var invalid x509.CertificateInvalidError
	switch {
	case client.HasCode(err, "unauthenticated"):
		return err.Error() + "\nThe token is " + s.tokenFrom + ". On the controller's host: netmirror token create terraform --role admin --file FILE (operator, where no device is made)"
	case client.HasCode(err, "forbidden"):
		return err.Error() + "\nThe token is " + s.tokenFrom + "."
	case errors.Is(err, context.DeadlineExceeded) && !errors.As(err, new(*client.Unreachable)):
		return err.Error() + "\nIt was not answered in the time that there was, which the block timeouts gives."
	case errors.As(err, new(*client.Unreachable)):
		return err.Error() + "\nIs it running there? server, context or NETMIRROR_URL names another controller."
	case errors.As(err, &bad) && errors.As(bad.Err, &invalid) && invalid.Reason == x509.Expired:
		return err.Error() + "\nThe controller needs a new certificate (serve --tls-cert), or a clock is wrong."
	case errors.As(err, &bad):
		return err.Error() + "\nca_file (or NETMIRROR_CA) names the certificates that are trusted, server_name the name that the controller's bears."
	}
	return err.Error()
}
