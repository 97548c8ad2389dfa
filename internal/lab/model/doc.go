// Package model is what the lab's switches with a data model share: a schema (the part
// of a vendor's YANG that the lab has, as Go data), data trees, JSON as of RFC 7951, XML
// as of RFC 7950, edits with the meaning of gNMI and of NETCONF, reads by path and by
// sub-tree filter, and the checks of a whole configuration. It knows no vendor and no
// wire.
//
// A platform builds its Defs with Container, List, Leaf and so on, makes a Schema of
// them, and gives a View: how its configuration is read as a tree, and what a tree makes
// of it. A node that the schema does not have is refused.
package model
