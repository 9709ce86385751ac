package wire_test

import (
	"encoding/base64"
	"net/url"
)

// formSeeds are forms with records, as the SDKs of Chinese vendors send them, and what becomes of them on the way.
func formSeeds() []string {
	escape := func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) }
	record := `{"type":"Track","event":7,"distinct_id":[],"time":"1767323045","_track_id":9223372036854775807,"lib":7,` +
		`"identities":{"$identity_login_id":{}},"properties":{"$timezone_offset":-480,"$is_login_id":true,"$os":[],"a":"` + "\xed\xa0\xbc\xed\xbd\x8e" + `"}}`
	list := `[` + record + `,7,{"ekey":"k","payload":"x"},{"type":"profile_unset","properties":{"a":true}},{"time":1e400},NaN]`
	return []string{
		"data_list=" + escape(list) + "&gzip=0&crc=1",
		"gzip=1&data_list=" + url.QueryEscape(base64.StdEncoding.EncodeToString(zipped(list))),
		"data=" + escape(record) + "&data_list=" + escape(list) + "&ext=crc%3D7",
		"data=" + escape("{") + "&data_list=" + escape(list),
		"data_list=" + escape("\x01") + "&gzip=9", "data=%25%25", "data=&data_list=",
		"--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(record)) + "\r\n--b--\r\n",
		list, record, `{"data_list":` + list + `}`, `{"distinct_id":"d"}`, base64.StdEncoding.EncodeToString(zipped(list)),
	}
}

// numberSignSeeds are payloads of ThinkingData, as its SDKs send them, and what becomes of them on the way.
func numberSignSeeds() []string {
	record := `{"#type":"User_setonce","#event_name":7,"#distinct_id":[],"#time":"2026-01-02 03:04:05","#uuid":{},"#ip":1,` +
		`"properties":{"#zone_offset":1e3,"#os":[],"a":"` + "\xed\xa0\xbc\xed\xbd\x8e" + `"}}`
	envelope := `{"data":[` + record + `,7,{"ekey":"k","payload":"x"}],"#app_id":"k","#flush_time":"soon"}`
	encoded := base64.StdEncoding.EncodeToString([]byte(envelope))
	return []string{
		record, envelope, "[" + record + "]", "[" + envelope + ",{\"data\":{}}," + record + "]",
		"&data=" + url.QueryEscape(encoded) + "&ext=crc%3D1&version=2", base64.StdEncoding.EncodeToString(zipped(envelope)),
		"data=" + url.QueryEscape(record) + "&source=server&appid=k&dryRun=1", "data=" + encoded + "&data_list=" + url.QueryEscape("["+envelope+"]"),
		"--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n" + encoded + "\r\n--b--\r\n", string(zipped("[" + record + "]")),
	}
}
