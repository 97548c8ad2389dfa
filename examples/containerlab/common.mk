# What the labs share. Each says LAB, and has LAB.clab.yml and session.yaml beside it.
NETMIRROR ?= netmirror
CLAB      ?= sudo containerlab
DOCKER    ?= sudo docker
TOP       := $(dir $(lastword $(MAKEFILE_LIST)))
WITHIN    = $(DOCKER) exec clab-$(LAB)-

.PHONY: help image deploy import session capture destroy
help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /	/'

image: ## build the image of hosts and analysers from this repository
	$(DOCKER) build -t netmirror-lab -f $(TOP)image/Dockerfile $(TOP)../..

deploy: ## start the lab
	$(CLAB) deploy -t $(LAB).clab.yml

import: ## tell netmirror of its devices, cables and tools
	$(NETMIRROR) import containerlab clab-$(LAB)

session: ## copy the traffic of host h1 to the analyser ids1
	$(NETMIRROR) devices wait --timeout 30m
	$(NETMIRROR) apply -f session.yaml

capture: ## h1 pings h2, and the analyser shows the copies
	$(WITHIN)h1 sh -c 'ping -c 20 10.0.0.2 >/dev/null 2>&1 &'
	$(WITHIN)ids1 timeout 15 tcpdump -nei eth1 -c 6 icmp

destroy: ## take the session away, and stop the lab
	-$(NETMIRROR) delete session h1-to-ids
	$(CLAB) destroy -t $(LAB).clab.yml --cleanup
	$(NETMIRROR) import containerlab --none
