// Package doctest reads the pages of the documentation and runs what they show, so that a
// command which a reader copies is one that a test has typed. Tests alone use it.
//
// A page is Markdown. Its fenced blocks are taken in order:
//
//	sh      runs in the one shell of its page (bash -e, an empty folder, netmirror on the
//	        PATH). A problem document in the output fails the page, unless the output is shown.
//	text    the output of the sh block before it in its section, as a pattern: blanks count as one, ... in a
//	        line is any text, a line of ... is any lines
//	json    after a sh block of its section: part of its output, where "..." is any text; elsewhere
//	        it must be JSON
//	yaml    must be YAML; with a first line "# NAME.yaml" it is written to that file
//	hcl     of Terraform, written to a file and looked at by the commands behind it
//	conf    of a device or another program: not looked at
//
// A comment before a block says how it is taken otherwise:
//
//	<!-- test: skip, needs a real switch -->   it is not run, and counted
//	<!-- test: exit=1 -->                      its last command ends with this code
//	<!-- test: again -->                       it is repeated until its output is as shown
//	<!-- test: background -->                  it goes on while the page does; the output shown
//	                                           is waited for
//	<!-- test: input=ONE TWO -->               these are the lines that its commands read
//	<!-- test: file=NAME -->                   it is written to this file
//	<!-- test: setup=ONE TWO -->               stands alone: testdata/setups/ONE.sh is run, and so on
//
// Ports of 127.0.0.1 that a page names are replaced by free ones, in all its blocks, and
// the Folders of the controller by others below the page's own. make says what it would do
// and does not do it; sudo does it as whoever runs the tests.
package doctest
