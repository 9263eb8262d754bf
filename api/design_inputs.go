package api

import (
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// A design object lies in the tenant, is a channel, or lies in a channel: there is
// one input of each operation for each of the three.

// place is where an object lies, as its path has it.
type place struct {
	tenant, channel, name tenants.Name
}

func (p place) of(kind definition.Kind) definition.Reference {
	return definition.Reference{Kind: kind, Channel: p.channel, Name: p.name}
}

// placed is an input with the place of an object or of a collection.
type placed interface{ at() place }

func (in InTenant) at() place { return place{tenant: in.Tenant} }

// InTenantDesign is the input of what is done to an object of a tenant.
type InTenantDesign struct {
	InTenant
	Name string `path:"name" maxLength:"63" doc:"Name of the object"`
}

func (in InTenantDesign) at() place { return place{tenant: in.Tenant, name: in.Name} }

// InChannel is the input of what is done to a channel.
type InChannel struct {
	InTenant
	Channel string `path:"channel" maxLength:"63" doc:"Name of the channel"`
}

func (in InChannel) at() place { return place{tenant: in.Tenant, name: in.Channel} }

// InChannelDesign is the input of what is done to an object of a channel.
type InChannelDesign struct {
	InChannel
	Name string `path:"name" maxLength:"63" doc:"Name of the object"`
}

func (in InChannelDesign) at() place {
	return place{tenant: in.Tenant, channel: in.Channel, name: in.Name}
}

// ListInChannel is the input of a list in a channel.
type ListInChannel struct {
	InChannel
	rest.Page
}

func (in ListInChannel) at() place { return place{tenant: in.Tenant, channel: in.Channel} }

func (in ListInChannel) page() rest.Page { return in.Page }
func (in ListInTenant) page() rest.Page  { return in.Page }

// PutDesign is what comes with putting an object.
type PutDesign[T any] struct {
	rest.IfMatch
	Body client.DesignDraft[T]
}

func (in PutDesign[T]) match() rest.IfMatch          { return in.IfMatch }
func (in PutDesign[T]) draft() client.DesignDraft[T] { return in.Body }

// CopyDesign is what comes with copying an object.
type CopyDesign struct{ Body client.DesignCopy }

func (in CopyDesign) copied() client.ChannelDesignCopy {
	return client.ChannelDesignCopy{Name: in.Body.Name, DisplayName: in.Body.DisplayName}
}

// AtChange names a change.
type AtChange struct {
	Change int64 `path:"change" minimum:"1" doc:"Number of the change"`
}

func (in AtChange) number() int64 { return in.Change }

// Matching is the version that a change was made on.
type Matching struct{ rest.IfMatch }

func (in Matching) match() rest.IfMatch { return in.IfMatch }

// Paged is the part of a list that is asked for.
type Paged struct{ rest.Page }

func (in Paged) page() rest.Page { return in.Page }

type (
	putInTenantDesign[T any] struct {
		InTenantDesign
		PutDesign[T]
	}
	deleteInTenantDesign struct {
		InTenantDesign
		Matching
	}
	copyInTenantDesign struct {
		InTenantDesign
		CopyDesign
	}
	listChangesInTenantDesign struct {
		InTenantDesign
		Paged
	}
	getChangeInTenantDesign struct {
		InTenantDesign
		AtChange
	}

	putChannel struct {
		InChannel
		PutDesign[definition.Channel]
	}
	deleteChannel struct {
		InChannel
		Matching
	}
	copyChannel struct {
		InChannel
		CopyDesign
	}
	listChannelChanges struct {
		InChannel
		Paged
	}
	getChannelChange struct {
		InChannel
		AtChange
	}

	putInChannelDesign[T any] struct {
		InChannelDesign
		PutDesign[T]
	}
	deleteInChannelDesign struct {
		InChannelDesign
		Matching
	}
	copyInChannelDesign struct {
		InChannelDesign
		Body client.ChannelDesignCopy
	}
	listChangesInChannelDesign struct {
		InChannelDesign
		Paged
	}
	getChangeInChannelDesign struct {
		InChannelDesign
		AtChange
	}
	markInChannelDesign struct {
		InChannelDesign
		rest.IfMatch
		Body client.DesignMarking
	}
	unmarkInChannelDesign struct {
		InChannelDesign
		rest.IfMatch
	}
)

func (in copyInChannelDesign) copied() client.ChannelDesignCopy { return in.Body }
