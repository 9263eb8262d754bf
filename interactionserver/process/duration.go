package process

import "time"

// Duration is a time.Duration whose text form is ISO 8601: "PT20S".
type Duration time.Duration
