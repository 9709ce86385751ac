package check

import "github.com/waymarkhq/waymark/internal/capture"

// explains reports whether a code is one of those that explain an unplanned event.
func explains(code string) bool {
	switch code {
	case EventUnplanned, EventCase, EventUnmatched, EventAliasEnded, TerminalUnplanned, VersionUnplanned, EventOffline:
		return true
	}
	return false
}

// Impossible says for people why no event can have a verdict with violations of these codes, each once; it is empty where one can.
func Impossible(verdict capture.Verdict, codes []string) string {
	failed, explained := 0, 0
	for _, code := range codes {
		switch {
		case explains(code):
			explained++
		case severities[code] == capture.Error:
			failed++
		}
	}
	switch {
	case verdict == capture.Valid && failed+explained > 0:
		return "a valid event has warnings at most"
	case verdict == capture.Invalid && (failed == 0 || explained > 0):
		return "an invalid event has a violation that is an error, and none that explains an unplanned one"
	case verdict == capture.Unplanned && (explained != 1 || len(codes) != 1):
		return "an unplanned event has the one violation that explains it"
	}
	return ""
}
