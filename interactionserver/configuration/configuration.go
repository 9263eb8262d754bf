package configuration

// Configuration is everything one server works with. Two configurations with
// equal Revision are equal.
type Configuration struct {
	// Revision is the SHA-256, in hex, of the canonical JSON of the rest.
	Revision string `json:"revision"`
	Tenant   Ref    `json:"tenant"`
	Solution Ref    `json:"solution"`
	Group    Ref    `json:"group"`
	Server   Ref    `json:"server"`
	// Account is whom the server runs as.
	Account Ref `json:"account"`
	// Keys verify the tokens of callers, offline.
	Keys []VerificationKey `json:"keys"`
	// Processes are those that the server's account may execute, sorted by name.
	Processes []Process `json:"processes"`
	// Accounts are all who may do something here, sorted by id. A caller who is
	// not among them is refused.
	Accounts []Account `json:"accounts"`
}

// Ref names a resource.
type Ref struct {
	ID   string `json:"id" yaml:"id"`
	Name string `json:"name" yaml:"name"`
}

// VerificationKey is an Ed25519 public key.
type VerificationKey struct {
	ID     string `json:"kid"`
	Public []byte `json:"public"` // 32 bytes
}

// Process is a published, immutable version of a business process.
type Process struct {
	Name     string `json:"name"`
	Version  int    `json:"version"`
	Hash     string `json:"hash"`     // SHA-256 of Document, hex
	Document string `json:"document"` // YAML or JSON, as published
}

// Account is a caller: what it may do and, for an agent, what it can.
type Account struct {
	Ref
	DisplayName string `json:"displayName,omitempty"`
	// Actions per business process: "card-dispute": ["submit", "view"].
	Actions map[string][]string `json:"actions"`
	// Runtime allows the calls of touchpoints.
	Runtime bool `json:"runtime,omitempty"`
	// Operate allows to operate the solution's servers: what they gave up is shown,
	// tried again, or dropped.
	Operate bool   `json:"operate,omitempty"`
	Agent   *Agent `json:"agent,omitempty"`
	// APIKeys are the hashes of its keys, so that service goes on when tokens
	// cannot be renewed.
	APIKeys []APIKey `json:"apiKeys,omitempty"`
}

// Agent is what routing has to know of a person.
type Agent struct {
	Skills   map[string]int `json:"skills,omitempty"`
	Groups   []string       `json:"groups,omitempty"`
	Capacity map[string]int `json:"capacity,omitempty"` // per medium
}

// APIKey is a stored key: SHA-256 of its 256-bit random secret.
type APIKey struct {
	ID   string `json:"id" yaml:"id"`
	Hash []byte `json:"hash"`
}
