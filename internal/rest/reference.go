package rest

func (a *API) mountReference() {}
