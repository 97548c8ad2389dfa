package mirror

import "context"

type stepKey struct{}

// WithSteps has tell called with each step of what is done with a device under
// the context: "connect to ...", "SSH handshake with ...", a command. It is
// called before the step is waited for, from any goroutine.
func WithSteps(ctx context.Context, tell func(step string)) context.Context {
	return context.WithValue(ctx, stepKey{}, tell)
}

// AtStep tells whoever asked WithSteps what is waited for from now on.
func AtStep(ctx context.Context, step string) {
	if tell, ok := ctx.Value(stepKey{}).(func(string)); ok {
		tell(step)
	}
}

type roundTripsKey struct{}

// WithRoundTrips has count called with each round trip to a device under the context,
// from any goroutine.
func WithRoundTrips(ctx context.Context, count func()) context.Context {
	return context.WithValue(ctx, roundTripsKey{}, count)
}

// RoundTrip says that something was sent whose answer is waited for.
func RoundTrip(ctx context.Context) {
	if count, ok := ctx.Value(roundTripsKey{}).(func()); ok {
		count()
	}
}
