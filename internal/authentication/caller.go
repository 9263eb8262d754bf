package authentication

// Caller is who a request comes from, as its credentials prove it.
type Caller struct {
	Account string // account id
	Tenant  string // tenant id
	Name    string // the account's name, for logs and events
}
