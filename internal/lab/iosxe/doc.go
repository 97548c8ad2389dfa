// Package iosxe is a virtual Cisco IOS or IOS-XE switch. Texts and grammar follow
// public documents and recordings of such devices; a comment that says "not
// recorded" marks what does not.
package iosxe
