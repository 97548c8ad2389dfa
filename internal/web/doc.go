// Package web serves the page for people: what needs somebody now, why, and what would be
// sent.
//
// It is a client of the API like any other: each page asks the API's handler within the
// process, with the token of whoever signed in, so that every check of the API holds for
// the page too, and what the page can do can be done by curl. It has no other way to the
// engine.
//
// A page is a function that takes a visit (the request, who made it, a client that speaks
// for him) and gives a view (a template and what it shows): see pages.go for the list, and
// overview.go for one. What a page says in words and shapes is made by words.go and
// truths.go, which every page uses, so that a state looks the same everywhere. Templates
// are in pages/, the style sheet and the script in assets/; both are embedded, and need no
// build. Nothing is loaded from elsewhere.
package web
