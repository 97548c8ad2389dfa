package api

import (
	"context"
	"net/http"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// ReliefPin says where the relief of a session is pinned.
type ReliefPin struct {
	Rung string `json:"rung,omitempty" minLength:"1" doc:"truncate, sample, rx-only, shed-sources, suspend, or none; left out: as it stands"`
}

// Relief is what of a session is reduced at present.
type Relief struct {
	Steps   []ReliefStep    `json:"steps" doc:"in force, in the order in which they were taken"`
	Pinned  bool            `json:"pinned,omitempty" doc:"nothing is taken or released until an operator clears it"`
	By      string          `json:"by,omitempty" doc:"who pinned it"`
	Since   *time.Time      `json:"since,omitempty" doc:"the last step"`
	Reason  string          `json:"reason,omitempty" doc:"why, with the figures"`
	Refused []ReliefRefusal `json:"refused,omitempty" doc:"changes that devices refused and that were undone; they are tried again later"`
}

// ReliefStep is one step of relief.
type ReliefStep struct {
	Rung     string     `json:"rung"`
	Truncate int        `json:"truncate,omitempty" doc:"octets that are copied of each frame"`
	Sample   int        `json:"sample,omitempty" doc:"one of so many frames is copied"`
	Shed     []Source   `json:"shed,omitempty" doc:"sources that are not copied"`
	End      string     `json:"end,omitempty" doc:"the destination that was oversubscribed; left out: an operator took the step"`
	At       *time.Time `json:"at,omitempty"`
}

// ReliefRefusal is a change of relief that devices refused.
type ReliefRefusal struct {
	Rung    string     `json:"rung"`
	Release bool       `json:"release,omitempty" doc:"the step was to be released"`
	At      *time.Time `json:"at,omitempty"`
	Times   int        `json:"times" doc:"in a row"`
	Message string     `json:"message" doc:"what the devices said"`
}

// reliefOf is nil where nothing is in force, pinned or refused.
func reliefOf(r *mirror.Relief) *Relief {
	if r == nil || len(r.Steps) == 0 && !r.Pinned && len(r.Refused) == 0 {
		return nil
	}
	return &Relief{Pinned: r.Pinned, By: r.By, Since: timeOrNil(r.Since), Reason: r.Reason,
		Steps: orEmpty(translateAll(r.Steps, func(s mirror.ReliefStep) ReliefStep {
			return ReliefStep{Rung: s.Rung, Truncate: s.Truncate, Sample: s.Sample, Shed: translateAll(s.Shed, sourceOf), End: s.End, At: timeOrNil(s.At)}
		})),
		Refused: translateAll(r.Refused, func(x mirror.ReliefRefusal) ReliefRefusal {
			return ReliefRefusal{Rung: x.Rung, Release: x.Release, At: timeOrNil(x.At), Times: x.Times, Message: x.Message}
		})}
}

func (s *server) pinRelief(ctx context.Context, in *reliefInput) (*sessionWriteOutput, error) {
	body, err := decode(s, bodyOf(ctx), func(ReliefPin) []mirror.Reason { return nil })
	if err != nil {
		return nil, err
	}
	return s.orderRelief(ctx, in, engine.ReliefOrder{Rung: body.Rung})
}

func (s *server) clearRelief(ctx context.Context, in *reliefInput) (*sessionWriteOutput, error) {
	return s.orderRelief(ctx, in, engine.ReliefOrder{Clear: true})
}

func (s *server) orderRelief(ctx context.Context, in *reliefInput, order engine.ReliefOrder) (*sessionWriteOutput, error) {
	version, err := in.MatchParam.resolve(s.sessionVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	w := engine.Write{Actor: actorOf(ctx), IfMatch: version}
	if in.DryRun {
		p, err := s.engine.PlanRelief(ctx, w, in.Name, order)
		if err != nil {
			return nil, err
		}
		return &sessionWriteOutput{Status: http.StatusOK, Body: planOf(p)}, nil
	}
	res, err := s.engine.OrderRelief(ctx, w, in.Name, order)
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, res, in.Name)
}
