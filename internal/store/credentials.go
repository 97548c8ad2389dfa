package store

import (
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Profiles lists the credentials profiles as last seen on the host, by name.
func (t *tx) Profiles() ([]mirror.Profile, error) {
	return many[mirror.Profile](t, "credentials profiles", `SELECT doc FROM profiles ORDER BY name`)
}

// PutProfile stores what was seen of a profile.
func (t *tx) PutProfile(p mirror.Profile) error {
	what := fmt.Sprintf("credentials profile %q", p.Name)
	if err := named(what, p.Name); err != nil {
		return err
	}
	doc, err := encode(what, p)
	if err != nil {
		return err
	}
	return t.exec(what, `INSERT INTO profiles (name, doc) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET doc = excluded.doc`, p.Name, doc)
}

// DeleteProfile forgets a profile and the refusals of its logins.
func (t *tx) DeleteProfile(name string) error {
	if err := t.DeleteLoginRefusals(name); err != nil {
		return err
	}
	return t.exec(fmt.Sprintf("credentials profile %q", name), `DELETE FROM profiles WHERE name = $1`, name)
}

// LoginRefusals lists the refused logins of a profile, of all with "", by
// profile and server.
func (t *tx) LoginRefusals(profile string) ([]mirror.LoginRefusal, error) {
	if profile == "" {
		return many[mirror.LoginRefusal](t, "refused logins", `SELECT doc FROM login_refusals ORDER BY profile, server`)
	}
	return many[mirror.LoginRefusal](t, "refused logins", `SELECT doc FROM login_refusals WHERE profile = $1 ORDER BY server`, profile)
}

// PutLoginRefusal stores the refusals of one server, or with the server "" those
// of a profile as a whole.
func (t *tx) PutLoginRefusal(r mirror.LoginRefusal) error {
	what := fmt.Sprintf("refused logins of profile %q", r.Profile)
	if err := named(what, r.Profile); err != nil {
		return err
	}
	doc, err := encode(what, r)
	if err != nil {
		return err
	}
	return t.exec(what, `INSERT INTO login_refusals (profile, server, doc) VALUES ($1, $2, $3)
		ON CONFLICT (profile, server) DO UPDATE SET doc = excluded.doc`, r.Profile, r.Server, doc)
}

// DeleteLoginRefusals forgets the refused logins of a profile.
func (t *tx) DeleteLoginRefusals(profile string) error {
	return t.exec("refused logins", `DELETE FROM login_refusals WHERE profile = $1`, profile)
}

// DeleteLoginRefusal forgets those of one server.
func (t *tx) DeleteLoginRefusal(profile, server string) error {
	return t.exec("refused logins", `DELETE FROM login_refusals WHERE profile = $1 AND server = $2`, profile, server)
}
