package console

// StandsOn is standsOn.
var StandsOn = standsOn
