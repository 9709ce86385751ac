package wire

import "net/http"

// preflightAge is how long a browser may remember the answer to a preflight, in seconds: the most that Chromium takes.
const preflightAge = "7200"

// CORS sets on answer the headers that let a page of any origin send events and read the answer, given the method and
// headers of its request. It reports whether the request is a preflight, which is to be answered 204 before anything
// else is looked at.
//
// The rule is as open as it can be, with credentials, because some SDKs insist on sending them. It is safe only on paths
// that take no cookie of ours: it must never be applied to the management API.
func CORS(answer http.Header, method string, request http.Header) (preflight bool) {
	origin := request.Get("Origin")
	if origin == "" {
		return false
	}
	answer.Add("Vary", "Origin")
	answer.Set("Access-Control-Allow-Origin", origin)
	answer.Set("Access-Control-Allow-Credentials", "true")
	if method != http.MethodOptions || request.Get("Access-Control-Request-Method") == "" {
		answer.Set("Access-Control-Expose-Headers", "Retry-After, Waymark-Reason")
		return false
	}
	answer.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	if asked := request.Values("Access-Control-Request-Headers"); len(asked) > 0 {
		answer["Access-Control-Allow-Headers"] = asked
	}
	if request.Get("Access-Control-Request-Private-Network") == "true" {
		answer.Set("Access-Control-Allow-Private-Network", "true")
	}
	answer.Set("Access-Control-Max-Age", preflightAge)
	return true
}
