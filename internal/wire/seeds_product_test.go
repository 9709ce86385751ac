package wire_test

import "encoding/base64"

// productSeeds are bodies for FuzzPost in the formats of the product analytics services, by path.
func productSeeds() map[string][]string {
	const event = `{"event":"e","properties":{"token":"k","distinct_id":"u","$set":{"a":1},"$set_once":{"b":2},"$groups":{"c":"d"}}}`
	encoded := base64.StdEncoding.EncodeToString([]byte(event))
	return map[string][]string{
		"/batch/": {
			`{"api_key":"k","batch":[` + event + `,7,{"event":"$identify","$set":{"a":1},"$set_once":{"b":2},"uuid":"1"}],"sent_at":"2026-01-02T03:04:05Z"}`,
			`{"batch":[{"event":"a","token":"k"},{"event":"b","token":"l"},{"event":"$groupidentify","properties":{"$group_set":7}}]}`,
		},
		"/e/":                    {event, "[" + event + "]", "data=" + encoded, encoded, string(zipped("data=" + encoded)), `{"$set":{},"offset":1}`},
		"/i/v1/analytics/events": {`{"created_at":"x","batch":[{"event":"e","uuid":"1","properties":{}},{"uuid":"\"","n":` + "11111111111111111111111111111111111111111111111111111111111111111" + `}]}`},
		"/2/httpapi": {
			`{"api_key":"k","events":[{"event_type":"e","user_id":7,"time":1,"groups":{"a":["b"]},"plan":{"version":1},"library":"a/b"},7,` +
				`{"event_type":"$identify","user_properties":{"$set":{"a":1},"$add":{"b":2},"$append":7,"c":1},"insert_id":"1"}],"options":{"min_id_length":1}}`,
			"api_key=k&event=%7B%22event_type%22%3A%22e%22%7D",
		},
		"/track/": {
			event, "data=" + encoded, event + "\n{broken\n" + event,
			`[{"event":"$merge","properties":{"$distinct_ids":["a",7]}},{"$append":7,"$set":{"a":1},"$add":{"b":2},"$time":1},{"event":7}]`,
		},
		"/import": {event + "\n" + event}, "/groups": {`{"$group_id":"g","$set":{}}`}, "/engage": {`[{"$set":"\u0000"}]`},
		"/groupidentify": {"api_key=k&identification=%5B%7B%22group_value%22%3A%22g%22%2C%22group_properties%22%3A%7B%7D%7D%5D"},
		"/flags/":        {`{"token":"k"}`},
	}
}
