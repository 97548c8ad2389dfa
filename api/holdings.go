package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Holding is one native session that carries, or shall carry, a session.
type Holding struct {
	Device     string      `json:"device"`
	Role       string      `json:"role" doc:"local, rspan-source, ..."`
	Mark       string      `json:"mark" doc:"ownership mark of the native session"`
	NativeID   string      `json:"nativeId,omitempty" doc:"its number or name on the device"`
	ReadAt     *time.Time  `json:"readAt,omitempty" doc:"when the device was last read; left out before it was"`
	Wanted     *NativeSpec `json:"wanted,omitempty" doc:"left out: it is to go"`
	WantedText string      `json:"wantedText,omitempty" doc:"what would make it where nothing of it is, in the device's words"`
	NoText     string      `json:"noText,omitempty" doc:"why wantedText is not known"`
	Held       *NativeSpec `json:"held,omitempty" doc:"left out: nothing of it was seen, or it is no native session but a remote VLAN, of which difference tells"`
	HeldText   string      `json:"heldText,omitempty" doc:"what was seen, in the device's words"`
	Owner      string      `json:"owner,omitempty" doc:"of what was seen: netmirror (this controller), netmirror-other or foreign"`
	Difference string      `json:"difference,omitempty" doc:"between held and wanted, in words; left out: none"`
	Forward    Payload     `json:"forward" doc:"what a repair would send; no blocks: nothing"`
	NoForward  string      `json:"noForward,omitempty" doc:"why nothing would be sent although it differs"`
	Hints      []Hint      `json:"hints,omitempty" doc:"commands by which a person sees it on the device"`
}

// Hint is a command that a person can type on a device, which reads and changes nothing.
type Hint struct {
	Command string   `json:"command"`
	Shows   string   `json:"shows" doc:"what to look for"`
	Reasons []string `json:"reasons,omitempty" doc:"of conditions at which it helps; left out: it always does"`
	Source  string   `json:"source" doc:"the document that has the command"`
}

func hintOf(h mirror.Hint) Hint { return Hint(h) }

// HoldingList is what devices hold of a session.
type HoldingList struct {
	Items []Holding `json:"items" doc:"by device"`
}

type holdingsOutput struct{ Body HoldingList }

func (s *server) registerHoldings() {
	register(s, endpoint{id: "get-session-holdings", method: http.MethodGet, path: Base + "/sessions/{name}/holdings", tag: "sessions",
		summary: "Get what devices shall hold of a session, and what they hold",
		doc:     "One entry for each native session, shared ones as a whole: as it is wanted, as it was last seen, the difference, and what a repair would send. No device is asked.",
		access:  mirror.Viewer, answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[HoldingList]()}}, problems: []int{http.StatusNotFound}},
		func(ctx context.Context, in *struct{ NameParam }) (*holdingsOutput, error) {
			list, err := s.engine.Holdings(ctx, in.Name)
			if err != nil {
				return nil, err
			}
			return &holdingsOutput{HoldingList{orEmpty(translateAll(list, holdingOf))}}, nil
		})
}

func holdingOf(h engine.Holding) Holding {
	out := Holding{Device: h.Device, Role: string(h.Role), Mark: h.Mark, NativeID: h.ID, ReadAt: timeOrNil(h.At), Wanted: translate1(h.Wanted, nativeSpecOf),
		WantedText: payloadText(h.WantedText), NoText: h.NoText, Difference: h.Difference, Forward: payloadOf(h.Forward), NoForward: h.NoForward,
		Hints: translateAll(h.Hints, hintOf)}
	if h.Held != nil {
		out.Held, out.HeldText, out.Owner = translate1(&h.Held.Native.Spec, nativeSpecOf), h.Held.Native.Text, h.Held.Owner
	}
	return out
}

// payloadText is a payload as one text.
func payloadText(p mirror.Payload) string {
	var lines []string
	for _, b := range p.Blocks {
		lines = append(lines, strings.TrimSuffix(b.Text, "\n"))
	}
	return strings.Join(lines, "\n")
}
