package authentication

// Caller is who a request comes from, as its credentials prove it.
type Caller struct {
	Account string // account id
	Tenant  string // tenant id
	Name    string // the account's name, for logs and events
	Key     string // id of the API key that proved it to an interaction server; else empty
}
