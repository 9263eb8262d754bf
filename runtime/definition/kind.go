package definition

// Kind is a sort of document.
type Kind string

// The closed set of kinds. Those of a channel lie inside one; a channel itself and
// the others lie in the tenant.
const (
	KindAudienceLevel  Kind = "audience-level"
	KindMacro          Kind = "macro"
	KindOfferAttribute Kind = "offer-attribute"
	KindOffer          Kind = "offer"
	KindCampaign       Kind = "campaign"
	KindSegment        Kind = "segment"
	KindLearningModel  Kind = "learning-model"
	KindHistoryMapping Kind = "history-mapping"

	KindChannel          Kind = "channel"
	KindZone             Kind = "zone"
	KindInteractionPoint Kind = "interaction-point"
	KindEvent            Kind = "event"
	KindEventPattern     Kind = "event-pattern"
	KindFlowchart        Kind = "flowchart"
	KindStrategy         Kind = "strategy"
)

// Kinds are all kinds, each after those that it may refer to.
var Kinds = []Kind{
	KindAudienceLevel, KindMacro, KindOfferAttribute, KindCampaign, KindLearningModel, KindHistoryMapping, KindSegment,
	KindOffer, KindChannel, KindZone, KindInteractionPoint, KindFlowchart, KindEvent, KindEventPattern, KindStrategy,
}

// InChannel reports whether documents of the kind lie inside a channel.
func (k Kind) InChannel() bool {
	switch k {
	case KindZone, KindInteractionPoint, KindEvent, KindEventPattern, KindFlowchart, KindStrategy:
		return true
	default:
		return false
	}
}

// Marked reports whether documents of the kind go out only when they are marked
// for deployment.
func (k Kind) Marked() bool { return k == KindFlowchart || k == KindStrategy }

// Global reports whether documents of the kind are part of every package as they
// are, whatever the channel.
func (k Kind) Global() bool {
	switch k {
	case KindAudienceLevel, KindMacro, KindOfferAttribute, KindCampaign, KindLearningModel, KindHistoryMapping:
		return true
	default:
		return false
	}
}

// Plural is the kind's collection: "audience-levels", "strategies".
func (k Kind) Plural() string {
	if k == KindStrategy {
		return "strategies"
	}
	return string(k) + "s"
}

// Reference names a document. Channel is empty for what lies in the tenant.
type Reference struct {
	Kind    Kind   `json:"kind"`
	Channel string `json:"channel,omitempty"`
	Name    string `json:"name"`
}

// String is the document's path below the tenant: "channels/web/zones/top".
func (r Reference) String() string {
	path := r.Kind.Plural() + "/" + r.Name
	if r.Channel != "" {
		path = KindChannel.Plural() + "/" + r.Channel + "/" + path
	}
	return path
}
