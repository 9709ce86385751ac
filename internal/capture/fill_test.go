package capture_test

import (
	"fmt"
	"reflect"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// fill sets every field of an event to something of its own, and returns how many string fields it has.
func fill(c *capture.Captured) (texts int) {
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Interface().(type) {
		case time.Time:
			v.Set(reflect.ValueOf(time.Unix(int64(1000+texts), 5).UTC()))
			return
		case []string:
			v.Set(reflect.ValueOf([]string{"a note"}))
			return
		case []capture.Violation:
			v.Set(reflect.ValueOf([]capture.Violation{{Code: "c", Severity: capture.Warning, Property: "p", Expected: "e", Actual: "a"}}))
			return
		case capture.Object:
			return
		}
		switch v.Kind() {
		case reflect.Struct:
			for _, field := range v.Fields() {
				walk(field)
			}
		case reflect.String:
			texts++
			v.SetString(fmt.Sprintf("text %d", texts))
		case reflect.Uint8, reflect.Uint32:
			v.SetUint(2)
		case reflect.Int, reflect.Int64:
			v.SetInt(2)
		}
	}
	walk(reflect.ValueOf(c).Elem())
	return texts - 1 // Raw is not among them
}
