package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// EncodeEvent is an event as GET /events shows it.
func EncodeEvent(e mirror.Event) ([]byte, error) { return json.Marshal(eventOf(e)) }

const (
	listWebhooks   = "webhooks"
	listDeliveries = "deliveries"
)

type (
	webhookListInput struct {
		PageParams
		SelectorParam
	}
	webhookPutInput struct {
		NameParam
		Conditions
		DryRunParam
	}
	webhookPatchInput struct {
		NameParam
		MatchParam
		DryRunParam
	}
	webhookOutput struct {
		Status   int
		ETag     string `header:"ETag" doc:"the version, quoted"`
		Location string `header:"Location" doc:"the new resource, on 201"`
		Body     any    // Webhook or EntryPlan
	}
	deliveryListInput struct {
		NameParam
		PageParams
		State string `query:"state" enum:"dead,pending" default:"dead" doc:"dead: given up; pending: yet to be made"`
	}
	resendInput struct {
		NameParam
		ID int64 `path:"id" minimum:"1" doc:"of the delivery"`
	}
	webhookListOutput  struct{ Body WebhookList }
	deliveryListOutput struct{ Body DeliveryList }
	resentOutput       struct{ Body Resent }
	webhookTestOutput  struct{ Body WebhookTest }
)

func (s *server) registerWebhooks() {
	one := Base + "/webhooks/{name}"
	hook := reflect.TypeFor[Webhook]()
	withPlan := reflect.TypeFor[EntryPlan]()
	refusals := []int{http.StatusNotFound, http.StatusPreconditionFailed, http.StatusUnprocessableEntity}
	register(s, endpoint{id: "list-webhooks", method: http.MethodGet, path: Base + "/webhooks", tag: "webhooks",
		summary: "List webhooks", doc: "By name.", access: mirror.Admin,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[WebhookList]()}}}, s.listWebhooks)
	register(s, endpoint{id: "get-webhook", method: http.MethodGet, path: one, tag: "webhooks",
		summary: "Get a webhook", doc: "Its entry, and how far it has come.", access: mirror.Admin,
		answers: []answer{{status: http.StatusOK, body: hook}}, problems: []int{http.StatusNotFound}}, s.getWebhook)
	register(s, endpoint{id: "put-webhook", method: http.MethodPut, path: one, tag: "webhooks",
		summary: "Create or replace a webhook", access: mirror.Admin,
		doc: "A new one is told what happens from now on: each event once it is stored, in order, as a CloudEvent (application/cloudevents+json) whose data is an event as in the list of events. " +
			"Every answer of 200 to 299 is success; another is tried again, at longer and longer intervals, and 410 disables the webhook. The same body again changes nothing.",
		body:     reflect.TypeFor[WebhookSpec](),
		answers:  []answer{{http.StatusOK, hook, withPlan}, {status: http.StatusCreated, body: hook}},
		problems: refusals}, s.putWebhook)
	register(s, endpoint{id: "patch-webhook", method: http.MethodPatch, path: one, tag: "webhooks",
		summary: "Change a webhook", doc: "A JSON merge patch (RFC 7396) of its entry. What waits for another attempt is tried at once.", access: mirror.Admin,
		body: reflect.TypeFor[WebhookSpec](), patch: true,
		answers: []answer{{http.StatusOK, hook, withPlan}}, problems: refusals}, s.patchWebhook)
	register(s, endpoint{id: "delete-webhook", method: http.MethodDelete, path: one, tag: "webhooks",
		summary: "Delete a webhook", doc: "With what it was not told yet, and its dead letters.", access: mirror.Admin,
		answers: []answer{{http.StatusOK, withPlan, nil}, {status: http.StatusNoContent}}, problems: []int{http.StatusNotFound, http.StatusPreconditionFailed}}, s.deleteWebhook)
	register(s, endpoint{id: "test-webhook", method: http.MethodPost, path: one + ":test", tag: "webhooks",
		summary: "Send a test to a webhook", doc: "One event of type WebhookTest, now and once, whether the webhook is enabled or not. The answer tells what the receiver did.", access: mirror.Admin,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[WebhookTest]()}}, problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity}}, s.testWebhook)
	register(s, endpoint{id: "list-deliveries", method: http.MethodGet, path: one + "/deliveries", tag: "webhooks",
		summary: "List what a webhook has not taken", doc: "Dead letters, which were tried often enough, or with state=pending what is yet to be delivered.", access: mirror.Admin,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[DeliveryList]()}}, problems: []int{http.StatusNotFound}}, s.listDeliveries)
	resent := []answer{{status: http.StatusAccepted, body: reflect.TypeFor[Resent]()}}
	register(s, endpoint{id: "resend-deliveries", method: http.MethodPost, path: one + "/deliveries:resend", tag: "webhooks",
		summary: "Send all dead letters again", doc: "Each is tried once more, out of order; one that is refused again stays a dead letter.", access: mirror.Admin,
		answers: resent, problems: []int{http.StatusNotFound}}, s.resendDeliveries)
	register(s, endpoint{id: "resend-delivery", method: http.MethodPost, path: one + "/deliveries/{id}:resend", tag: "webhooks",
		summary: "Send a dead letter again", doc: "It is tried once more; refused again it stays a dead letter.", access: mirror.Admin,
		answers: resent, problems: []int{http.StatusNotFound}}, s.resendDelivery)
}

func (s *server) listWebhooks(ctx context.Context, in *webhookListInput) (*webhookListOutput, error) {
	labels, err := in.parse()
	if err != nil {
		return nil, err
	}
	views, next, err := selectPage(listWebhooks, in.PageParams, func(p mirror.Page) ([]engine.WebhookView, string, error) {
		return s.engine.SelectWebhooks(ctx, mirror.Selection{Labels: labels}, p)
	})
	if err != nil {
		return nil, err
	}
	return &webhookListOutput{WebhookList{Items: orEmpty(translateAll(views, webhookOf)), NextCursor: next}}, nil
}

func webhookAnswer(v engine.WebhookView, created bool, err error) (*webhookOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &webhookOutput{Status: http.StatusOK, ETag: etag(v.Version), Body: webhookOf(v)}
	if created {
		out.Status, out.Location = http.StatusCreated, Base+"/webhooks/"+v.Webhook.Name
	}
	return out, nil
}

func (s *server) getWebhook(ctx context.Context, in *NameParam) (*webhookOutput, error) {
	v, err := s.engine.Webhook(ctx, in.Name)
	return webhookAnswer(v, false, err)
}

func (s *server) webhookVersion(ctx context.Context, name string) func() (int64, error) {
	return func() (int64, error) {
		v, err := s.engine.Webhook(ctx, name)
		return v.Version, err
	}
}

func (s *server) putWebhook(ctx context.Context, in *webhookPutInput) (*webhookOutput, error) {
	spec, err := decode(s, bodyOf(ctx), checkWebhookSpec(in.Name))
	if err != nil {
		return nil, err
	}
	version, err := in.Conditions.resolve(s.webhookVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return s.writeWebhook(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: version}, spec.domain(in.Name), in.DryRun)
}

func (s *server) patchWebhook(ctx context.Context, in *webhookPatchInput) (*webhookOutput, error) {
	version, err := in.resolve(s.webhookVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return retryChanged(version == nil, func() (*webhookOutput, error) {
		v, err := s.engine.Webhook(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		spec, err := decodePatch(s, bodyOf(ctx), webhookSpecOf(v.Webhook), checkWebhookSpec(in.Name))
		if err != nil {
			return nil, err
		}
		read := v.Version
		if version != nil {
			read = *version
		}
		return s.writeWebhook(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: &read}, spec.domain(in.Name), in.DryRun)
	})
}

// writeWebhook hands an entry to the engine, or plans it, and answers.
func (s *server) writeWebhook(ctx context.Context, w engine.Write, x mirror.Webhook, dryRun bool) (*webhookOutput, error) {
	if dryRun {
		p, err := s.engine.PlanWebhook(ctx, w, x)
		if err != nil {
			return nil, err
		}
		return &webhookOutput{Status: http.StatusOK, Body: entryPlanOf(p)}, nil
	}
	v, created, err := s.engine.PutWebhook(ctx, w, x)
	return webhookAnswer(v, created, err)
}

func (s *server) deleteWebhook(ctx context.Context, in *entryDeleteInput) (*entryDeleteOutput, error) {
	return s.deleteEntry(ctx, in, mirror.ObjectWebhook, s.webhookVersion(ctx, in.Name), s.engine.DeleteWebhook)
}

func (s *server) testWebhook(ctx context.Context, in *NameParam) (*webhookTestOutput, error) {
	t, err := s.engine.TestWebhook(ctx, engine.Write{Actor: actorOf(ctx)}, in.Name)
	if err != nil {
		return nil, err
	}
	return &webhookTestOutput{WebhookTest{Delivered: t.Error == "", Status: t.Status, Took: formatDur(t.Took), Error: t.Error}}, nil
}

func (s *server) listDeliveries(ctx context.Context, in *deliveryListInput) (*deliveryListOutput, error) {
	after, err := in.number(listDeliveries)
	if err != nil {
		return nil, err
	}
	found, next, err := s.engine.Deliveries(ctx, in.Name, in.State, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := DeliveryList{Items: orEmpty(translateAll(found, func(d engine.Delivery) Delivery {
		return Delivery{ID: strconv.FormatInt(d.Event.Seq, 10), State: d.State, Event: eventOf(d.Event), Attempts: d.Attempts, Error: d.Error,
			LastAttempt: timeOrNil(d.At), NextAttempt: timeOrNil(d.Next)}
	}))}
	if next > 0 {
		out.NextCursor = cursorOf(listDeliveries, strconv.FormatInt(next, 10))
	}
	return &deliveryListOutput{out}, nil
}

func (s *server) resendDeliveries(ctx context.Context, in *NameParam) (*resentOutput, error) {
	n, err := s.engine.Resend(ctx, engine.Write{Actor: actorOf(ctx)}, in.Name, 0)
	return &resentOutput{Resent{n}}, err
}

func (s *server) resendDelivery(ctx context.Context, in *resendInput) (*resentOutput, error) {
	n, err := s.engine.Resend(ctx, engine.Write{Actor: actorOf(ctx)}, in.Name, in.ID)
	return &resentOutput{Resent{n}}, err
}
