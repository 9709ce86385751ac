package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
	"unsafe"
)

// A record is the events of one payload on their way over the bus:
//
//	version   1 byte, recordVersion
//	count     uvarint
//	events    count times:
//	  mask    uvarint: which of the fields below differ from the previous event's (the first one is compared with nothing)
//	  raw     string
//	  fields  those in the mask, in the order of their bits
//
// A string is a uvarint, and then: if the lowest bit is 0, as many bytes as the other bits say; if it is 1, a uvarint: the
// other bits are the length and this is the place of the string in the event's raw. Most strings of an event are parts of
// its raw record, and most of the rest are those of the event before it, so a record is hardly larger than its raw JSON.
const recordVersion = 1

// The bits of a mask: the fields of stringFields by their place there, then the others.
const (
	timeBit = stringCount + iota // EventTime, SentAt, ReceivedAt
	_
	_
	typeBit
	verdictBit
	propertiesBit
	notesBit
	violationsBit
)

const (
	stringCount = 36
	timeCount   = 3
)

// stringFields lists the string fields of an event in the order of the record format: append only.
func stringFields(c *Captured) [stringCount]*string {
	return [stringCount]*string{
		&c.Format, &c.ID, &c.Name,
		&c.UserID, &c.AnonymousID, &c.DeviceID, &c.SessionID, &c.GroupID, &c.PreviousID,
		&c.App.Name, &c.App.Version, &c.App.Build, &c.App.Namespace,
		&c.OS.Name, &c.OS.Version,
		&c.Device.Manufacturer, &c.Device.Model, &c.Device.Type,
		&c.Library.Name, &c.Library.Version,
		&c.Page.URL, &c.Page.Path, &c.Page.Title, &c.Page.Referrer,
		&c.Locale, &c.Timezone, &c.Network, &c.IP, &c.UserAgent,
		&c.AppID, &c.EnvironmentID, &c.WriteKeyID, &c.TerminalKey,
		&c.EventID, &c.EventKey, &c.RevisionID,
	}
}

func timeFields(c *Captured) [timeCount]*time.Time {
	return [timeCount]*time.Time{&c.EventTime, &c.SentAt, &c.ReceivedAt}
}

// AppendRecord appends the record of the events to dst, which is at most MaxGroupEvents events. It keeps nothing of them.
// Properties and Seq are not in a record: PropertiesAt says where the properties are in Raw, and the bus gives the number.
func AppendRecord(dst []byte, events []Captured) []byte {
	dst = append(dst, recordVersion)
	dst = binary.AppendUvarint(dst, uint64(len(events)))
	var none Captured
	before := &none
	for i := range events {
		dst = appendEvent(dst, &events[i], before)
		before = &events[i]
	}
	return dst
}

func appendEvent(dst []byte, c, before *Captured) []byte {
	fields, mask := stringFields(c), changed(c, before)
	dst = binary.AppendUvarint(dst, mask)
	dst = binary.AppendUvarint(dst, uint64(len(c.Raw))<<1)
	dst = append(dst, c.Raw...)
	for i, f := range fields {
		if mask&(1<<i) != 0 {
			dst = appendString(dst, *f, c.Raw)
		}
	}
	if mask>>stringCount == 0 {
		return dst
	}
	for i, t := range timeFields(c) {
		if mask&(1<<(timeBit+i)) != 0 {
			dst = binary.AppendVarint(dst, t.Unix())
			dst = binary.AppendUvarint(dst, uint64(t.Nanosecond()))
		}
	}
	if mask&(1<<typeBit) != 0 {
		dst = append(dst, byte(c.Type))
	}
	if mask&(1<<verdictBit) != 0 {
		dst = append(dst, byte(c.Verdict))
	}
	if mask&(1<<propertiesBit) != 0 {
		dst = binary.AppendUvarint(dst, uint64(c.PropertiesAt.Start))
		dst = binary.AppendUvarint(dst, uint64(c.PropertiesAt.End-c.PropertiesAt.Start))
	}
	if mask&(1<<notesBit) != 0 {
		dst = appendNotes(dst, c)
	}
	if mask&(1<<violationsBit) != 0 {
		dst = appendViolations(dst, c)
	}
	return dst
}

// changed returns the mask of an event. Notes and violations are never taken over from the event before.
func changed(c, before *Captured) (mask uint64) {
	now, then := stringFields(c), stringFields(before)
	for i := range now {
		if *now[i] != *then[i] {
			mask |= 1 << i
		}
	}
	was := timeFields(before)
	for i, t := range timeFields(c) {
		if !t.Equal(*was[i]) {
			mask |= 1 << (timeBit + i)
		}
	}
	return mask | flag(c.Type != before.Type, typeBit) | flag(c.Verdict != before.Verdict, verdictBit) |
		flag(c.PropertiesAt != before.PropertiesAt, propertiesBit) |
		flag(len(c.Notes) > 0, notesBit) | flag(len(c.Violations) > 0, violationsBit)
}

func flag(set bool, bit int) uint64 {
	if set {
		return 1 << bit
	}
	return 0
}

func appendString(dst []byte, s, raw string) []byte {
	if at, ok := placeIn(raw, s); ok {
		dst = binary.AppendUvarint(dst, uint64(len(s))<<1|1)
		return binary.AppendUvarint(dst, uint64(at))
	}
	dst = binary.AppendUvarint(dst, uint64(len(s))<<1)
	return append(dst, s...)
}

// placeIn returns where s stands in raw if it is a part of the same memory, which decoders take their strings from.
func placeIn(raw, s string) (int, bool) {
	at := uintptr(unsafe.Pointer(unsafe.StringData(s))) - uintptr(unsafe.Pointer(unsafe.StringData(raw)))
	if len(s) == 0 || at >= uintptr(len(raw)) || uintptr(len(s)) > uintptr(len(raw))-at {
		return 0, false
	}
	return int(at), true
}

func appendNotes(dst []byte, c *Captured) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(c.Notes)))
	for _, n := range c.Notes {
		dst = appendString(dst, n, c.Raw)
	}
	return dst
}

func appendViolations(dst []byte, c *Captured) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(c.Violations)))
	for i := range c.Violations {
		v := &c.Violations[i]
		dst = append(dst, byte(v.Severity))
		for _, s := range [...]string{v.Code, v.Property, v.Expected, v.Actual} {
			dst = appendString(dst, s, c.Raw)
		}
	}
	return dst
}

// The errors of DecodeRecord.
var (
	ErrRecordVersion = fmt.Errorf("a record that is not of version %d", recordVersion)
	ErrRecordDamaged = errors.New("a damaged record")
)
