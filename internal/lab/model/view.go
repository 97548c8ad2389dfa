package model

// A View is how a platform's configuration is seen as a data tree and changed by one. It
// keeps nothing: what is in force is the Store's.
type View[C any] struct {
	Schema *Schema
	// Tree reads a configuration; what it does not have is not in the tree.
	Tree func(C) *Node
	// Apply makes the configuration that a tree is of, from the one that it was read
	// from: what of that the schema does not have stays. Its error is what the device
	// refuses, an *Error or Errors where it has a place.
	Apply func(C, *Node) (C, error)
}

// Change reads a configuration, has its tree changed, validates the result and applies
// it. Nothing is in force by that.
func (v View[C]) Change(c C, change func(*Node) (*Node, error)) (next C, err error) {
	tree, err := change(v.Tree(c))
	if err != nil {
		return next, err
	}
	if wrong := v.Schema.Validate(tree); len(wrong) > 0 {
		return next, wrong
	}
	return v.Apply(c, tree)
}
