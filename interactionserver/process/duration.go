package process

import "github.com/switchyard/switchyard/internal/duration"

// Duration is a time.Duration whose text form is ISO 8601: "PT20S".
type Duration = duration.Duration
