package definition

import "github.com/switchyard/switchyard/internal/fault"

// MaxProblems bounds what one broken document reports.
const MaxProblems = 50

func (AudienceLevel) Check() []fault.Place    { return nil }
func (Macro) Check() []fault.Place            { return nil }
func (OfferAttribute) Check() []fault.Place   { return nil }
func (Offer) Check() []fault.Place            { return nil }
func (Campaign) Check() []fault.Place         { return nil }
func (Segment) Check() []fault.Place          { return nil }
func (LearningModel) Check() []fault.Place    { return nil }
func (HistoryMapping) Check() []fault.Place   { return nil }
func (Channel) Check() []fault.Place          { return nil }
func (Zone) Check() []fault.Place             { return nil }
func (InteractionPoint) Check() []fault.Place { return nil }
func (Event) Check() []fault.Place            { return nil }
func (EventPattern) Check() []fault.Place     { return nil }
func (Flowchart) Check() []fault.Place        { return nil }
func (Strategy) Check() []fault.Place         { return nil }
