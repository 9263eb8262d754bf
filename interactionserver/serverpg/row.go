package serverpg

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/tenants"
)

// columns are those of an interaction as its readers see it.
const columns = `id, media_source, external_id, media_type, type, subtype, process, process_version, priority,
	properties, submitted_by, submitted_at, state, changed_at, stopped_at, stop_reason, step, queue, queued_at,
	agent, assignment, assignment_end, invited_at, expires_at, accepted_at, outcome`

// processColumns are those that only the interaction's process and the matcher need.
const processColumns = columns + `, sequence, waits_for, wakes_at, machine, news, routed_at, completed_at, tried,
	clock_timestamp() AS read_at`

// interactionRow is a row of columns.
type interactionRow struct {
	ID             interactionserver.InteractionID `db:"id"`
	MediaSource    string                          `db:"media_source"`
	ExternalID     sql.NullString                  `db:"external_id"`
	MediaType      string                          `db:"media_type"`
	Type           string                          `db:"type"`
	Subtype        string                          `db:"subtype"`
	Process        string                          `db:"process"`
	ProcessVersion int                             `db:"process_version"`
	Priority       int                             `db:"priority"`
	Properties     []byte                          `db:"properties"`
	SubmittedBy    string                          `db:"submitted_by"`
	SubmittedAt    time.Time                       `db:"submitted_at"`
	State          interactionserver.State         `db:"state"`
	ChangedAt      time.Time                       `db:"changed_at"`
	StoppedAt      sql.NullTime                    `db:"stopped_at"`
	StopReason     string                          `db:"stop_reason"`
	Step           string                          `db:"step"`
	Queue          string                          `db:"queue"`
	QueuedAt       sql.NullTime                    `db:"queued_at"`
	Agent          sql.NullString                  `db:"agent"`
	Assignment     int64                           `db:"assignment"`
	AssignmentEnd  sql.NullString                  `db:"assignment_end"`
	InvitedAt      sql.NullTime                    `db:"invited_at"`
	ExpiresAt      sql.NullTime                    `db:"expires_at"`
	AcceptedAt     sql.NullTime                    `db:"accepted_at"`
	Outcome        string                          `db:"outcome"`
}

func (r *interactionRow) interaction() (interactionserver.Interaction, error) {
	i := interactionserver.Interaction{
		ID:             r.ID,
		MediaSource:    r.MediaSource,
		ExternalID:     r.ExternalID.String,
		MediaType:      r.MediaType,
		Type:           r.Type,
		Subtype:        r.Subtype,
		Process:        r.Process,
		ProcessVersion: r.ProcessVersion,
		Priority:       r.Priority,
		State:          r.State,
		Step:           r.Step,
		Assignment:     r.Assignment,
		LastAgent:      tenants.AccountID(r.Agent.String),
		AssignmentEnd:  interactionserver.AssignmentEnd(r.AssignmentEnd.String),
		Outcome:        r.Outcome,
		StopReason:     r.StopReason,
		SubmittedBy:    tenants.AccountID(r.SubmittedBy),
		SubmittedAt:    r.SubmittedAt.UTC(),
		ChangedAt:      r.ChangedAt.UTC(),
		QueuedAt:       timeOf(r.QueuedAt),
		InvitedAt:      timeOf(r.InvitedAt),
		ExpiresAt:      timeOf(r.ExpiresAt),
		AcceptedAt:     timeOf(r.AcceptedAt),
		StoppedAt:      timeOf(r.StoppedAt),
	}
	if r.Queue != "" {
		i.Queue = interactionserver.NewQueueName(r.Process, r.Queue)
	}
	if r.State.Live() {
		i.Agent = i.LastAgent
	}
	if err := json.Unmarshal(r.Properties, &i.Properties); err != nil {
		return i, fmt.Errorf("read properties of interaction %s: %w", r.ID, err)
	}
	return i, nil
}

func interactionsOf(rows []interactionRow) ([]interactionserver.Interaction, error) {
	interactions := make([]interactionserver.Interaction, len(rows))
	for i := range rows {
		var err error
		if interactions[i], err = rows[i].interaction(); err != nil {
			return nil, err
		}
	}
	return interactions, nil
}

// recordRow is a row of processColumns.
type recordRow struct {
	interactionRow
	Sequence  int64                      `db:"sequence"`
	WaitsFor  interactionserver.WaitsFor `db:"waits_for"`
	WakesAt   sql.NullTime               `db:"wakes_at"`
	Machine   []byte                     `db:"machine"`
	News      []byte                     `db:"news"`
	RoutedAt  sql.NullTime               `db:"routed_at"`
	Completed sql.NullTime               `db:"completed_at"`
	Tried     []byte                     `db:"tried"`
	ReadAt    time.Time                  `db:"read_at"`
}

func (r *recordRow) record() (interactionserver.Record, error) {
	i, err := r.interaction()
	record := interactionserver.Record{
		Interaction: i,
		WaitsFor:    r.WaitsFor,
		Sequence:    r.Sequence,
		WakesAt:     timeOf(r.WakesAt),
		RoutedAt:    timeOf(r.RoutedAt),
		CompletedAt: timeOf(r.Completed),
		ReadAt:      r.ReadAt.UTC(),
	}
	if err != nil {
		return record, err
	}
	if r.Machine != nil {
		if err := json.Unmarshal(r.Machine, &record.Machine); err != nil {
			return record, fmt.Errorf("read machine of interaction %s: %w", r.ID, err)
		}
	}
	if r.News != nil {
		record.News = new(process.Event)
		// A called service may have sent numbers that no float64 has.
		decoder := json.NewDecoder(bytes.NewReader(r.News))
		decoder.UseNumber()
		if err := decoder.Decode(record.News); err != nil {
			return record, fmt.Errorf("read news of interaction %s: %w", r.ID, err)
		}
	}
	if r.Tried != nil {
		if err := json.Unmarshal(r.Tried, &record.Tried); err != nil {
			return record, fmt.Errorf("read tried agents of interaction %s: %w", r.ID, err)
		}
	}
	return record, nil
}

func recordsOf(rows []recordRow) ([]interactionserver.Record, error) {
	records := make([]interactionserver.Record, len(rows))
	for i := range rows {
		var err error
		if records[i], err = rows[i].record(); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// timeOf returns the zero time for NULL.
func timeOf(t sql.NullTime) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}

// nullable returns NULL for the empty text.
func nullable[T ~string](text T) sql.NullString {
	return sql.NullString{String: string(text), Valid: text != ""}
}

// object returns v as JSON text, NULL for nil.
func object(v any) (sql.NullString, error) {
	if v == nil {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return sql.NullString{}, fmt.Errorf("encode as JSON: %w", err)
	}
	return sql.NullString{String: string(text), Valid: true}, nil
}

// micros is a duration as the statements take it.
func micros(d time.Duration) int64 { return d.Microseconds() }
