// Command terraform-provider-netmirror is netmirror's provider for Terraform. Terraform
// starts it; what it offers is in docs/terraform.md.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/netmirror/netmirror/integrations/terraform/internal/provider"
)

// version is set when the program is built.
var version = "dev"

func main() {
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{Address: provider.Address})
	if err != nil {
		log.Fatal(err)
	}
}
