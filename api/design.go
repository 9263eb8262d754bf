package api

import (
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/definition"
)

const designTag = "Design"

func (h *handlers) registerDesign(a *rest.API) {
	registerShared[definition.AudienceLevel](h, a, "an audience level", "the audience levels")
	registerShared[definition.Macro](h, a, "a macro", "the macros")
	registerShared[definition.OfferAttribute](h, a, "an offer attribute", "the offer attributes")
	registerShared[definition.Offer](h, a, "an offer", "the offers")
	registerShared[definition.Campaign](h, a, "a campaign", "the campaigns")
	registerShared[definition.Segment](h, a, "a segment", "the segments")
	registerShared[definition.LearningModel](h, a, "a learning model", "the learning models")
	registerShared[definition.HistoryMapping](h, a, "a history mapping", "the history mappings")

	registerChannels(h, a)
	registerInChannel[definition.Zone](h, a, "a zone", "the zones")
	registerInChannel[definition.InteractionPoint](h, a, "an interaction point", "the interaction points")
	registerInChannel[definition.Event](h, a, "an event", "the events")
	registerInChannel[definition.EventPattern](h, a, "an event pattern", "the event patterns")
	registerInChannel[definition.Flowchart](h, a, "a flowchart", "the flowcharts")
	registerInChannel[definition.Strategy](h, a, "a strategy", "the strategies")
	registerMarks[definition.Flowchart](h, a, "a flowchart")
	registerMarks[definition.Strategy](h, a, "a strategy")
	h.registerDesignFiles(a)
}

// designKind is a kind as its operations are declared.
type designKind struct {
	kind      definition.Kind
	one, many string // "an offer", "the offers"
	all       string // path of the collection
	path      string // path of one
	view      accessgroups.Action
}

// registerShared declares the operations on a kind that lies in the tenant.
func registerShared[T definition.Document](h *handlers, a *rest.API, one, many string) {
	all := "/v1/tenants/{tenant}/" + kindOf[T]().Plural()
	k := designKind{kind: kindOf[T](), one: one, many: many + " of a tenant", all: all, path: all + "/{name}", view: accessgroups.ViewSharedDesign}
	rest.Handle(a, k.list(), listDesign[T, *ListInTenant](h))
	rest.Handle(a, k.get(), getDesign[T, *InTenantDesign](h))
	rest.Handle(a, k.put(), putDesign[T, *putInTenantDesign[T]](h))
	rest.Handle(a, k.delete(), deleteDesign[T, *deleteInTenantDesign](h))
	rest.Handle(a, k.copy(), copyDesign[T, *copyInTenantDesign](h))
	rest.Handle(a, k.listChanges(), listDesignChanges[T, *listChangesInTenantDesign](h))
	rest.Handle(a, k.getChange(), getDesignChange[T, *getChangeInTenantDesign](h))
}

// registerChannels declares the operations on channels.
func registerChannels(h *handlers, a *rest.API) {
	const all = "/v1/tenants/{tenant}/channels"
	k := designKind{
		kind: definition.KindChannel, one: "a channel", many: "the channels of a tenant", all: all, path: all + "/{channel}",
		view: accessgroups.ViewDesign,
	}
	list := k.list()
	list.Action = string(accessgroups.ViewSharedDesign)
	list.Description = "Those alone that the caller may view: the team of one solution sees the channels of that one. " + pageNote
	rest.Handle(a, list, h.listChannels)
	rest.Handle(a, k.get(), getDesign[definition.Channel, *InChannel](h))
	put := k.put()
	put.Description += " Creating one takes a role in the whole tenant. Its solution never changes, also when it is deleted and created again."
	rest.Handle(a, put, putDesign[definition.Channel, *putChannel](h))
	rest.Handle(a, k.delete(), deleteDesign[definition.Channel, *deleteChannel](h))
	rest.Handle(a, k.copy(), copyDesign[definition.Channel, *copyChannel](h))
	rest.Handle(a, k.listChanges(), listDesignChanges[definition.Channel, *listChannelChanges](h))
	rest.Handle(a, k.getChange(), getDesignChange[definition.Channel, *getChannelChange](h))
}

// registerInChannel declares the operations on a kind that lies in a channel.
func registerInChannel[T definition.Document](h *handlers, a *rest.API, one, many string) {
	k := inChannelKind[T](one, many)
	rest.Handle(a, k.list(), listDesign[T, *ListInChannel](h))
	rest.Handle(a, k.get(), getDesign[T, *InChannelDesign](h))
	rest.Handle(a, k.put(), putDesign[T, *putInChannelDesign[T]](h))
	rest.Handle(a, k.delete(), deleteDesign[T, *deleteInChannelDesign](h))
	rest.Handle(a, k.copy(), copyDesign[T, *copyInChannelDesign](h))
	rest.Handle(a, k.listChanges(), listDesignChanges[T, *listChangesInChannelDesign](h))
	rest.Handle(a, k.getChange(), getDesignChange[T, *getChangeInChannelDesign](h))
}

// registerMarks declares marking.
func registerMarks[T definition.Document](h *handlers, a *rest.API, one string) {
	k := inChannelKind[T](one, "")
	rest.Handle(a, k.operation("mark-"+string(k.kind), http.MethodPost, k.path+":mark", "Mark "+one+" for deployment or undeployment",
		"What is marked is locked until the mark is cancelled or was deployed to production. Marking for the same again changes nothing. If-Match is optional.",
		accessgroups.ManageDesign, http.StatusConflict), markDesign[T](h))
	rest.Handle(a, k.operation("unmark-"+string(k.kind), http.MethodPost, k.path+":unmark", "Cancel the mark of "+one,
		"It can be edited again. If-Match is optional.", accessgroups.ManageDesign), unmarkDesign[T](h))
}

func inChannelKind[T definition.Document](one, many string) designKind {
	all := "/v1/tenants/{tenant}/channels/{channel}/" + kindOf[T]().Plural()
	return designKind{kind: kindOf[T](), one: one, many: many + " of a channel", all: all, path: all + "/{name}", view: accessgroups.ViewDesign}
}

func kindOf[T definition.Document]() definition.Kind {
	var of T
	return of.Kind()
}

const pageNote = "A page may hold fewer than its limit and still have a next."

func (k designKind) operation(id, method, path, summary, description string, action accessgroups.Action, problems ...int) rest.Operation {
	return rest.Operation{
		ID: id, Method: method, Path: path, Tag: designTag, Summary: summary, Description: description, Action: string(action), Problems: problems,
	}
}

func (k designKind) list() rest.Operation {
	return k.operation("list-"+k.kind.Plural(), http.MethodGet, k.all, "List "+k.many, pageNote, k.view)
}

func (k designKind) get() rest.Operation {
	return k.operation("get-"+string(k.kind), http.MethodGet, k.path, "Read "+k.one, "", k.view)
}

func (k designKind) put() rest.Operation {
	return k.operation("put-"+string(k.kind), http.MethodPut, k.path, "Create or replace "+k.one,
		"Without If-Match it creates. The definition is checked: by itself, what it refers to, and the types of its expressions; the places of a refusal say where and what was expected.",
		accessgroups.ManageDesign, http.StatusConflict)
}

func (k designKind) delete() rest.Operation {
	return k.operation("delete-"+string(k.kind), http.MethodDelete, k.path, "Delete "+k.one,
		"What is in use is not deleted: 409 in-use, whose places name the users.", accessgroups.ManageDesign, http.StatusConflict)
}

func (k designKind) copy() rest.Operation {
	op := k.operation("copy-"+string(k.kind), http.MethodPost, k.path+":copy", "Copy "+k.one, "The copy is not marked.",
		accessgroups.ManageDesign, http.StatusConflict)
	op.Status, op.Idempotent = http.StatusCreated, true
	return op
}

func (k designKind) listChanges() rest.Operation {
	return k.operation("list-"+string(k.kind)+"-changes", http.MethodGet, k.path+"/changes", "List the changes of "+k.one+", newest first",
		"Those of a deleted one are kept.", k.view)
}

func (k designKind) getChange() rest.Operation {
	return k.operation("get-"+string(k.kind)+"-change", http.MethodGet, k.path+"/changes/{change}", "Read "+k.one+" as it was after a change", "", k.view)
}
