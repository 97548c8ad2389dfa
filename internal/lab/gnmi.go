package lab

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	gnmidoor "github.com/netmirror/netmirror/internal/lab/door/gnmi"
	sshdoor "github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A GNMISpec is the gNMI server of a switch. Users are those of the switch.
type GNMISpec struct {
	Listen string `yaml:"listen"` // default 127.0.0.1:0
	// Plaintext has no TLS.
	Plaintext bool `yaml:"plaintext"`
	// Names are those in the server's certificate; default: 127.0.0.1, localhost and the
	// switch's.
	Names []string `yaml:"names"`
	// ClientCertificates wants a certificate of the lab's authority from each client.
	ClientCertificates bool `yaml:"clientCertificates"`
	// Folder is where the authority's certificate is written (ca.pem), with one for a
	// client (client.pem, client-key.pem).
	Folder string `yaml:"folder"`
}

// GNMIFaults is what goes wrong with gNMI.
type GNMIFaults struct {
	// Unavailable answers every call so.
	Unavailable bool `yaml:"unavailable" json:"unavailable,omitempty"`
	// Certificate is what is wrong with the server's: expired or wrongName.
	Certificate string `yaml:"certificate" json:"certificate,omitempty"`
	// BreakStream cuts the connection of each stream after so many answers.
	BreakStream int `yaml:"breakStream" json:"breakStream,omitempty"`
}

func (f GNMIFaults) validate() error {
	if f.Certificate != "" && f.Certificate != "expired" && f.Certificate != "wrongName" {
		return fmt.Errorf("faults: gnmi.certificate %q is not expired or wrongName", f.Certificate)
	}
	return nil
}

func (s *GNMISpec) validate(p plant.Platform) []error {
	if s == nil {
		return nil
	}
	var errs []error
	if !p.GNMI {
		errs = append(errs, fmt.Errorf("gnmi: platform %s has no gNMI server here", p.Name))
	}
	if s.Listen != "" {
		if _, _, err := net.SplitHostPort(s.Listen); err != nil {
			errs = append(errs, fmt.Errorf("gnmi.listen: %w", err))
		}
	}
	if s.Plaintext && s.ClientCertificates {
		errs = append(errs, errors.New("gnmi: there are no client certificates without TLS"))
	}
	return errs
}

// An issuer is the authority of a lab, made when it is first needed.
type issuer struct {
	once sync.Once
	a    *gnmidoor.Authority
	err  error
}

func (l *Lab) authority() (*gnmidoor.Authority, error) {
	l.issuer.once.Do(func() { l.issuer.a, l.issuer.err = gnmidoor.NewAuthority() })
	return l.issuer.a, l.issuer.err
}

// Authority is the certificate, in PEM, that signed those of the lab's servers.
func (l *Lab) Authority() ([]byte, error) {
	a, err := l.authority()
	if err != nil {
		return nil, fmt.Errorf("lab: make an authority: %w", err)
	}
	return a.PEM(), nil
}

// ClientCertificate makes a certificate for a client of the lab, and its key, in PEM.
func (l *Lab) ClientCertificate(name string) (certificate, key []byte, err error) {
	a, err := l.authority()
	if err != nil {
		return nil, nil, fmt.Errorf("lab: make an authority: %w", err)
	}
	c, err := a.Issue(false, name)
	if err != nil {
		return nil, nil, fmt.Errorf("lab: make a certificate: %w", err)
	}
	return gnmidoor.PEM(c)
}

// A gnmiDoor is the gNMI server of a switch, if it has one.
type gnmiDoor struct {
	server   *gnmidoor.Server
	settings gnmidoor.Settings
}

func (d gnmiDoor) drop() {
	if d.server != nil {
		d.server.Drop()
	}
}

func (d gnmiDoor) close() {
	if d.server != nil {
		d.server.Close()
	}
}

// GNMIAddr is host:port of the gNMI server, empty when there is none.
func (sw *Switch) GNMIAddr() string {
	if sw.gnmi.server == nil {
		return ""
	}
	return sw.gnmi.server.Addr()
}

// openGNMI opens the gNMI server of a switch that has one.
func (sw *Switch) openGNMI() error {
	spec := sw.spec.GNMI
	if spec == nil {
		return nil
	}
	_, data := sw.device.(model.Device)
	if _, lines := sw.device.(gnmidoor.CommandLine); !data && !lines {
		return fmt.Errorf("platform %s has neither a data model nor lines for a gNMI server", sw.platform.Name)
	}
	a, err := sw.lab.authority()
	if err != nil {
		return err
	}
	sw.gnmi.settings.Plain = spec.Plaintext
	if spec.ClientCertificates {
		sw.gnmi.settings.Clients = a
	}
	for _, c := range sw.spec.Credentials {
		sw.gnmi.settings.Users = append(sw.gnmi.settings.Users, gnmidoor.User{Name: c.Username, Password: c.Password, Privilege: c.Privilege, Writes: c.Privilege == sw.platform.Highest()})
	}
	if spec.Folder != "" {
		if err := sw.writeCertificates(spec.Folder); err != nil {
			return fmt.Errorf("gnmi.folder: %w", err)
		}
	}
	sw.gnmi.server, err = gnmidoor.Open(&sw.lab.wg, cmp.Or(spec.Listen, "127.0.0.1:0"), gnmiHost{sw}, &sw.stats.door)
	return err
}

func (sw *Switch) writeCertificates(folder string) error {
	ca, err := sw.lab.Authority()
	if err != nil {
		return err
	}
	cert, key, err := sw.lab.ClientCertificate("client")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(folder, "ca.pem"), ca, 0o644), os.WriteFile(filepath.Join(folder, "client.pem"), cert, 0o644),
		os.WriteFile(filepath.Join(folder, "client-key.pem"), key, 0o600))
}

// gnmiHost is a switch as its gNMI server sees it.
type gnmiHost struct{ sw *Switch }

func (h gnmiHost) Settings() gnmidoor.Settings { return h.sw.gnmi.settings }

func (h gnmiHost) Certificate() (*tls.Certificate, error) {
	a, err := h.sw.lab.authority()
	if err != nil {
		return nil, err
	}
	f, _ := h.sw.currentFaults()
	names := h.sw.spec.GNMI.Names
	if len(names) == 0 {
		names = []string{h.sw.spec.Name, "localhost", "127.0.0.1", "::1"}
	}
	if f.GNMI.Certificate == "wrongName" {
		names = []string{"another.invalid"}
	}
	return a.Issue(f.GNMI.Certificate == "expired", names...)
}

func (h gnmiHost) Admits() bool {
	h.sw.mu.Lock()
	defer h.sw.mu.Unlock()
	return !time.Now().Before(h.sw.upAt)
}

func (h gnmiHost) Device() model.Device { d, _ := h.sw.device.(model.Device); return d }

func (h gnmiHost) CommandLine() gnmidoor.CommandLine {
	c, _ := h.sw.device.(gnmidoor.CommandLine)
	return c
}

func (h gnmiHost) Pace() gnmidoor.Pace {
	t := h.sw.timing()
	return gnmidoor.Pace{Latency: t.Latency.std(), ThinkTime: t.ThinkTime.std(), CommitTime: t.CommitTime.std()}
}

func (h gnmiHost) Trouble() gnmidoor.Trouble {
	f, _ := h.sw.currentFaults()
	return gnmidoor.Trouble{WrongPassword: f.WrongPassword, Silent: f.Silent, Unavailable: f.GNMI.Unavailable, BreakStream: f.GNMI.BreakStream}
}

func (h gnmiHost) CallArrives() { h.sw.commandArrives() }

func (h gnmiHost) EditArrives() gnmidoor.Fate {
	if h.sw.lineArrives() {
		return gnmidoor.LostBefore
	}
	_, state := h.sw.currentFaults()
	return map[sshdoor.Fate]gnmidoor.Fate{sshdoor.LostBefore: gnmidoor.LostBefore, sshdoor.LostAfter: gnmidoor.LostAfter}[state.ConfigLine()]
}

func (h gnmiHost) Refusal(forms ...string) (string, bool) {
	_, state := h.sw.currentFaults()
	return state.Refusal(forms...)
}

func (h gnmiHost) Distort(value string, forms ...string) string {
	_, state := h.sw.currentFaults()
	return state.Distort(value, forms...)
}
