package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"time"
	"unsafe"
)

// A record is the events of one payload on their way over the bus:
//
//	version   1 byte
//	count     uvarint
//	events    count times:
//	  mask    uvarint: which of the fields below differ from the previous event's (the first one is compared with nothing)
//	  raw     string
//	  fields  those in the mask, in the order of their bits
//
// A string is a uvarint, and then: if the lowest bit is 0, as many bytes as the other bits say; if it is 1, a uvarint: the
// other bits are the length and this is the place of the string in the event's raw. Most strings of an event are parts of
// its raw record, and most of the rest are those of the event before it, so a record is hardly larger than its raw JSON.
//
// A record is of the lowest version that can say it, so that nodes of an earlier program can read what they could before.
const (
	firstVersion   = 1
	releaseVersion = 2 // has releaseBit
	runVersion     = 3 // has runBit
	maskVersion    = 4 // has maskBit and partialBit
	lastVersion    = maskVersion
)

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
	releaseBit // Release and Hash, from releaseVersion on
	runBit     // RunID, from runVersion on
	maskBit    // Masks, from maskVersion on
	partialBit // Partial is not what it was before; nothing follows; from maskVersion on
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
	start := len(dst)
	dst = append(dst, firstVersion)
	dst = binary.AppendUvarint(dst, uint64(len(events)))
	before := &Captured{}
	fields := [2][stringCount]*string{stringFields(before)} // of the event before and of this one, in turn
	for i := range events {
		c, now, then := &events[i], &fields[(i+1)&1], &fields[i&1]
		*now = stringFields(c)
		mask := changedStrings(now, then) | changedOthers(c, before)
		dst = binary.AppendUvarint(dst, mask)
		dst = binary.AppendUvarint(dst, uint64(len(c.Raw))<<1)
		dst = append(dst, c.Raw...)
		for m := mask & (1<<stringCount - 1); m != 0; m &= m - 1 {
			dst = appendString(dst, *now[bits.TrailingZeros64(m)], c.Raw)
		}
		if mask>>stringCount != 0 {
			dst = appendOthers(dst, c, mask)
		}
		dst[start] = max(dst[start], versionOf(mask))
		before = c
	}
	return dst
}

// versionOf returns the lowest version that has the bits of a mask.
func versionOf(mask uint64) byte {
	switch {
	case mask>>maskBit != 0:
		return maskVersion
	case mask>>runBit != 0:
		return runVersion
	case mask>>releaseBit != 0:
		return releaseVersion
	default:
		return firstVersion
	}
}

// changedStrings returns the bits of the strings that differ.
func changedStrings(now, then *[stringCount]*string) (mask uint64) {
	for i := range now {
		a, b := *now[i], *then[i]
		if len(a) != len(b) || len(a) > 0 && a != b {
			mask |= 1 << i
		}
	}
	return mask
}

// changedOthers returns the bits of the other fields. Notes, violations and masks are never taken over from the event before.
func changedOthers(c, before *Captured) uint64 {
	return flag(!c.EventTime.Equal(before.EventTime), timeBit) | flag(!c.SentAt.Equal(before.SentAt), timeBit+1) |
		flag(!c.ReceivedAt.Equal(before.ReceivedAt), timeBit+2) |
		flag(c.Type != before.Type, typeBit) | flag(c.Verdict != before.Verdict, verdictBit) |
		flag(c.PropertiesAt != before.PropertiesAt, propertiesBit) |
		flag(len(c.Notes) > 0, notesBit) | flag(len(c.Violations) > 0, violationsBit) |
		flag(c.Release != before.Release || c.Hash != before.Hash, releaseBit) | flag(c.RunID != before.RunID, runBit) |
		flag(len(c.Masks) > 0, maskBit) | flag(c.Partial != before.Partial, partialBit)
}

// appendOthers appends the fields that are no strings.
func appendOthers(dst []byte, c *Captured, mask uint64) []byte {
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
	if mask&(1<<releaseBit) != 0 {
		dst = binary.AppendUvarint(dst, uint64(c.Release))
		dst = appendString(dst, c.Hash, c.Raw)
	}
	if mask&(1<<runBit) != 0 {
		dst = appendString(dst, c.RunID, c.Raw)
	}
	if mask&(1<<maskBit) != 0 {
		dst = appendMasks(dst, c.Masks)
	}
	return dst
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
	ErrRecordVersion = fmt.Errorf("a record that is not of version %d to %d", firstVersion, lastVersion)
	ErrRecordDamaged = errors.New("a damaged record")
)
