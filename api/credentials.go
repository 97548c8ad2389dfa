package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const listCredentials = "credentials"

// CredentialsProfile is a credentials profile: its name and what it is bound
// to. What is in it is never told.
type CredentialsProfile struct {
	Name    string       `json:"name" doc:"what devices name; inventory/... are the references of the inventory file"`
	For     []string     `json:"for" doc:"addresses that it may be shown to: IP addresses, prefixes, host names, or any"`
	Problem string       `json:"problem,omitempty" doc:"why it cannot be used; left out when nothing is known against it"`
	Pauses  []LoginPause `json:"pauses" doc:"where nothing logs in with it, because it was refused"`
}

// LoginPause says where nothing logs in with a profile, and why.
type LoginPause struct {
	Server  string    `json:"server,omitempty" doc:"address and port; left out when the profile is paused for all"`
	Since   time.Time `json:"since"`
	Message string    `json:"message"`
}

// CredentialsList is one page of credentials profiles.
type CredentialsList struct {
	Items      []CredentialsProfile `json:"items" doc:"by name"`
	NextCursor string               `json:"nextCursor,omitempty" doc:"left out on the last page"`
}

type credentialsOutput struct{ Body CredentialsList }

func (s *server) registerCredentials() {
	register(s, endpoint{id: "list-credentials", method: http.MethodGet, path: Base + "/credentials", tag: "devices",
		summary: "List credentials profiles", access: mirror.Admin,
		doc:     "Names and bindings. Profiles are made on the controller's host, by `netmirror credentials set`, and nowhere else.",
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[CredentialsList]()}}}, s.listCredentials)
}

func (s *server) listCredentials(ctx context.Context, in *PageParams) (*credentialsOutput, error) {
	all, err := s.engine.Credentials(ctx)
	if err != nil {
		return nil, err
	}
	views, next, err := slicePage(listCredentials, *in, all, func(v engine.CredentialsView) string { return v.Name })
	if err != nil {
		return nil, err
	}
	return &credentialsOutput{CredentialsList{Items: translateAll(views, credentialsOf), NextCursor: next}}, nil
}

func credentialsOf(v engine.CredentialsView) CredentialsProfile {
	out := CredentialsProfile{Name: v.Name, For: append([]string{}, v.For...), Problem: v.Problem, Pauses: []LoginPause{}}
	for _, p := range v.Pauses {
		out.Pauses = append(out.Pauses, LoginPause{Server: p.Server, Since: p.Paused, Message: p.Message})
	}
	return out
}

// loginField is a part of a login in a transport, where none belongs.
var loginField = regexp.MustCompile(`^/transports/[a-z]+/(username|password|enable|enableSecret|secret|key)$`)

// explainFormer tells a client of an earlier version what became of the two
// fields whose shape has changed, and one that says a login where the profile's
// name belongs.
func explainFormer(err error) error {
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	for i, r := range refusal.Reasons {
		switch {
		case r.Code == "unknown-field" && loginField.MatchString(r.Pointer):
			refusal.Reasons[i].Message = "is no field of a device: logins are in credentials profiles, which netmirror credentials set makes on the controller's host; " +
				"the device says credentials: NAME"
		case r.Code != "wrong-type":
		case strings.HasSuffix(r.Pointer, "/credentials"):
			refusal.Reasons[i].Message = "must be the name of a credentials profile, a text: references are not taken from requests any more; " +
				"profiles are made on the controller's host by netmirror credentials set"
		case strings.HasSuffix(r.Pointer, "/jumpHost"):
			refusal.Reasons[i].Message = "must be an object: {address: host[:port], credentials: the name of the jump host's profile}"
		}
	}
	return err
}
