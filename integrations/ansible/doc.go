// Package ansible is the Ansible collection netmirror.netmirror: modules and an inventory
// plug-in in Python, which speak the REST API. What is in Go here tests them, and makes
// the options of the modules of the API's OpenAPI document.
package ansible
