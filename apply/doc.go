// Package apply brings a tenant that is written down as YAML files into a
// control plane, through its public REST interface. It is idempotent: what is
// there already and equal is left alone, what differs is changed, what is missing
// is created; nothing is deleted. After a failure, applying again completes it.
//
// It works in three parts. Parse reads and checks the files and reports every
// problem with its file, line and path. Plan, which is pure, compares them with
// what the control plane has, checks all references, and lists the changes.
// Run carries the changes out in order.
//
// A file holds one or more documents. Each has a kind and a name, and names its
// tenant unless the files hold exactly one:
//
//	kind: Tenant
//	name: harborbank
//	displayName: Harbor Bank
//	---
//	kind: Account
//	name: amira
//	accountKind: person            # the default; else machine or server
//	displayName: Amira Haddad
//	roles: [{role: agent}]         # and solution: NAME to bind it to one
//	agent:
//	  skills: {cards: 80, english: 100}
//	  groups: [card-desk]
//	  capacity: {email: 3, chat: 2}
//	---
//	kind: BusinessProcess
//	name: card-dispute
//	displayName: Card disputes
//	file: processes/card-dispute.yaml   # or document: with the process inline
//	---
//	kind: AccessGroup
//	name: card-desk
//	displayName: Card desk
//	members: [amira, cards-server]
//	grants:
//	  - process: card-dispute
//	    actions: [execute, handle, view]
//	---
//	kind: Solution
//	name: cards
//	displayName: Cards
//	serverGroups:
//	  - name: production
//	    kind: production           # the default of a group named production, else staging
//	    servers:
//	      - {name: cards-1, account: cards-server, node: node-1}
//
// The kinds of design objects (AudienceLevel, Offer, Channel, Strategy …) have the
// fields of their package definition types beside the header; docs/offer-design.md
// shows them. They are brought in together, all or none.
//
// It imports no web framework and no database driver.
package apply
