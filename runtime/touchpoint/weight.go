package touchpoint

// MaxBatchBytes bounds the answers of a batch: a command whose turn comes when they
// have as much is not run. A few bytes that ask for the same large answer a hundred
// times must not take a hundred times its memory.
const MaxBatchBytes = 1 << 20

// What a part of an answer takes beside its texts, as JSON.
const (
	perAnswer  = 150
	perPart    = 60 // of an answer: a message, a list, an entry
	perOffered = 120
)

// size is about how many bytes the answer has as JSON.
func (a *Answer) size() int {
	size := perAnswer + len(a.SessionID)
	for _, m := range a.Messages {
		size += perPart + len(m.Text) + len(m.Detail)
	}
	for _, list := range a.OfferLists {
		size += perPart + len(list.Point) + len(list.Default)
		for _, o := range list.Offers {
			size += perOffered + len(o.Offer) + sizeOfAll(o.Attributes)
		}
	}
	if p := a.Profile; p != nil {
		size += sizeOfAll(p.Audience.ID) + sizeOfAll(p.Attributes) + sizeOfAll(p.Parameters)
		for _, segment := range p.Segments {
			size += len(segment)
		}
	}
	for _, x := range a.Explain {
		size += perPart
		for _, c := range x.Candidates {
			size += perOffered + len(c.Offer) + len(c.Strategy) + len(c.Rule) + len(c.Text)
		}
	}
	return size + perOffered*len(a.Channels)
}
