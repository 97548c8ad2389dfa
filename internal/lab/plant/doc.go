// Package plant is the control plane of a switch without a language: what every
// platform of the lab keeps, and what it is told of the switch it runs on. It
// knows no command and no text.
//
// A new platform gives:
//
//   - a Platform: its name, how ports are named, which ports a description makes,
//     and Open, which builds a Device on a Host;
//   - a type C for its configuration and the functions of a Keeping[C]: copy it,
//     write it, read it as a restart does, put it in force. The Store[C] keeps
//     running and startup configuration, candidates, and the timer of a commit
//     that nobody confirms; all doors of a switch are views of the one Store. Where
//     what is typed belongs to its connection it is a Target;
//   - Rules, the figures of a model, where its mirror sessions embed a Mirror: the
//     rules tell what a change breaks (Breach), and the platform finds the words;
//   - the state of its ports and bundles, for the views of PortViews.
package plant
