package configuration

// Launch is all that a node needs to start one server's process. The node keeps
// it in a file that only its own user can read, so that it can start the server
// again while the control plane is down. It holds secrets: never log it.
type Launch struct {
	Server   Ref `json:"server" yaml:"server"`
	Tenant   Ref `json:"tenant" yaml:"tenant"`
	Solution Ref `json:"solution" yaml:"solution"`
	Group    Ref `json:"group" yaml:"group"`
	// DatabaseURL is the group's database with the application role's password.
	DatabaseURL string `json:"databaseUrl" yaml:"databaseUrl"`
	// ControlPlane is the base URL the configuration is polled from.
	ControlPlane string `json:"controlPlane" yaml:"controlPlane"`
	// APIKey is the key of the account that the server runs as.
	APIKey string `json:"apiKey" yaml:"apiKey"`
	// TreatmentKey is the key of the tenant's treatment codes: 32 bytes in base64. A
	// launch of before there was one has none, and its server takes any code.
	TreatmentKey string `json:"treatmentKey,omitempty" yaml:"treatmentKey,omitempty"`
	// WebhookKeys sign the solution's webhooks: one or two keys of Standard Webhooks
	// with a space between, the newer first. Without one they are not signed.
	WebhookKeys string `json:"webhookKeys,omitempty" yaml:"webhookKeys,omitempty"`
	// TemporalAddress is host:port; TemporalNamespace is the tenant's.
	TemporalAddress   string `json:"temporalAddress" yaml:"temporalAddress"`
	TemporalNamespace string `json:"temporalNamespace" yaml:"temporalNamespace"`
	// Listen and MetricsListen are host:port, chosen by the node at the first
	// start and kept, so that the server's address survives its restarts.
	Listen        string `json:"listen" yaml:"listen"`
	MetricsListen string `json:"metricsListen" yaml:"metricsListen"`
}
