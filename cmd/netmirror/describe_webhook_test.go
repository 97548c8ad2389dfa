package main

import (
	"testing"
	"time"

	"github.com/netmirror/netmirror/client"
)

func TestTheStateOfAWebhookIsTheWorst(t *testing.T) {
	at, no := time.Unix(1, 0), false
	for want, x := range map[string]client.Webhook{
		"Well":        {},
		"Disabled":    {Spec: client.WebhookSpec{Enabled: &no}, Status: client.WebhookStatus{FailingSince: &at}},
		"Gone":        {Spec: client.WebhookSpec{Enabled: &no}, Status: client.WebhookStatus{GoneSince: &at}},
		"Failing":     {Status: client.WebhookStatus{FailingSince: &at, DeadLetters: 3}},
		"DeadLetters": {Status: client.WebhookStatus{DeadLetters: 3}},
	} {
		if got, _ := webhookState(x); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
