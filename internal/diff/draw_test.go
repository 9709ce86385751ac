package diff_test

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// chance is true in about one of n draws.
func chance(t *rapid.T, n int) bool { return rapid.IntRange(0, n-1).Draw(t, "chance") == n-1 }

func oneOf[T any](t *rapid.T, list ...T) T { return rapid.SampledFrom(list).Draw(t, "one") }

// some returns a few of a list, none of them twice.
func some(t *rapid.T, list ...string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(list), 0, len(list), rapid.ID[string]).Draw(t, "some")
}

// valueSets are the value sets that drawn definitions use, in two versions.
var valueSets = func() map[string]*plan.FrozenValueSet {
	m := map[string]*plan.FrozenValueSet{}
	for _, values := range [][]string{{"a", "b", "1"}, {"a", "1.0", "ab"}, {"1", "2"}, {"1", "2", "10"}} {
		s := plan.FrozenValueSet{ID: "vst_" + strconv.Itoa(len(m)/2), Key: "set" + strconv.Itoa(len(m)/2)}
		for _, v := range values {
			s.Values = append(s.Values, plan.Value{Value: v})
		}
		m[s.Hash()] = &s
	}
	return m
}()

// drawFrozen returns a definition that validation accepts.
func drawFrozen(t *rapid.T) *plan.Frozen {
	f := &plan.Frozen{
		EventID: "evt_1", Key: oneOf(t, "a", "b"), Kind: plan.KindTrack, Name: oneOf(t, "A", "支付"), WireName: oneOf(t, "w1", "w2"),
		Level: oneOf(t, plan.LevelP0, plan.LevelP1),
	}
	for range rapid.IntRange(0, 12).Draw(t, "edits") {
		edit(t, f)
	}
	return f
}

// edited returns a copy of a definition with a few edits.
func edited(t *rapid.T, f *plan.Frozen) *plan.Frozen {
	c, err := plan.ParseFrozen(f.Canonical())
	if err != nil {
		panic(err)
	}
	for range rapid.IntRange(0, 4).Draw(t, "edits") {
		edit(t, &c)
	}
	return &c
}

// edit changes something, where validation accepts what comes of it.
func edit(t *rapid.T, f *plan.Frozen) {
	c, err := plan.ParseFrozen(f.Canonical())
	if err != nil {
		panic(err)
	}
	if len(c.Properties) > 0 && chance(t, 2) {
		editProperty(t, &c.Properties[rapid.IntRange(0, len(c.Properties)-1).Draw(t, "which")])
	} else {
		editEvent(t, &c)
	}
	c.ValueSets = nil
	hashes := map[string]string{}
	for id := range c.DrawsOn() {
		var versions []string
		for hash, s := range valueSets {
			if s.ID == id {
				versions = append(versions, hash)
			}
		}
		slices.Sort(versions)
		hashes[id] = oneOf(t, versions...)
	}
	c.ValueSets = hashes
	d := c.Definition()
	var refused fault.Fields
	if d.Validate("d", &refused); len(refused) == 0 {
		*f = c
	}
}

func editEvent(t *rapid.T, f *plan.Frozen) {
	switch rapid.IntRange(0, 9).Draw(t, "edit") {
	case 0:
		f.Name, f.Description = oneOf(t, "A", "支付"), oneOf(t, "", "<d>", "e\"")
	case 1:
		f.WireName = oneOf(t, "w1", "w2", "w3")
	case 2:
		f.Match = nil
		for _, name := range some(t, "p", "q", "spm") {
			f.Match = append(f.Match, plan.Condition{Property: name, Value: oneOf(t, "a", "1")})
		}
	case 3:
		f.Aliases = nil
		for _, name := range some(t, "w1", "w2", "w3") {
			a := plan.Alias{Name: name}
			if chance(t, 3) {
				until := time.Date(oneOf(t, 2098, 2099), 1, 1, 0, 0, 0, 0, time.UTC)
				a.Until = &until
			}
			f.Aliases = append(f.Aliases, a)
		}
	case 4:
		f.Terminals = some(t, "ios", "web", "server")
	case 5:
		f.OwnerIDs, f.ExcludedCommon = some(t, "usr_1", "usr_2"), some(t, "page", "order", "[x]")
	case 6:
		f.Properties = rapid.Permutation(f.Properties).Draw(t, "order")
	case 7:
		if n := len(f.Properties); n > 0 {
			i := rapid.IntRange(0, n-1).Draw(t, "gone")
			f.Properties = slices.Delete(f.Properties, i, i+1)
		}
	default:
		key := oneOf(t, "p", "q", "r", "]s\"", "spm")
		p := plan.FrozenProperty{
			PropertyID: fmt.Sprintf("prp_%s_%d", key, rapid.IntRange(0, 1).Draw(t, "id")), Key: key, Name: key,
			Type: drawType(t, 2), Sensitivity: plan.SensitivityNone, Presence: drawPresence(t),
		}
		i := rapid.IntRange(0, len(f.Properties)).Draw(t, "at")
		f.Properties = slices.Insert(f.Properties, i, p)
	}
}

func drawPresence(t *rapid.T) plan.Presence {
	return oneOf(t, plan.PresenceRequired, plan.PresenceOptional, plan.PresenceOptional, plan.PresenceAbsent)
}

func editProperty(t *rapid.T, p *plan.FrozenProperty) {
	terminal := oneOf(t, "ios", "web", "server")
	switch rapid.IntRange(0, 9).Draw(t, "edit") {
	case 0:
		p.Presence = drawPresence(t)
	case 1:
		p.PresenceOn = map[string]plan.Presence{terminal: drawPresence(t), oneOf(t, "ios", "web"): drawPresence(t)}
	case 2:
		p.Narrowing = drawNarrowing(t, p.Type.Base)
	case 3:
		p.NarrowingOn = map[string]*plan.Constraints{terminal: drawNarrowing(t, p.Type.Base)}
	case 4:
		p.Note, p.Name = oneOf(t, "", "n"), oneOf(t, "p", "q")
	case 5:
		p.Type = drawType(t, 2)
	case 6:
		p.PresenceOn, p.Narrowing, p.NarrowingOn = nil, nil, nil
	default:
		editType(t, &p.Type, 2)
	}
}

// editType changes a type a little.
func editType(t *rapid.T, typ *plan.Type, depth int) {
	switch {
	case typ.Items != nil && chance(t, 2):
		editType(t, typ.Items, depth)
	case len(typ.Fields) > 0 && chance(t, 2):
		f := &typ.Fields[rapid.IntRange(0, len(typ.Fields)-1).Draw(t, "field")]
		if chance(t, 3) {
			f.Required = !f.Required
		} else {
			editType(t, &f.Type, depth-1)
		}
	case typ.Base == plan.TypeObject && chance(t, 2):
		typ.Fields = drawFields(t, depth)
	case typ.Base == plan.TypeEnum && chance(t, 2):
		typ.Values, typ.ValueSetID = nil, ""
		for _, v := range some(t, "a", "b", "1", "1.0", "ab") {
			typ.Values = append(typ.Values, plan.Value{Value: v, Label: oneOf(t, "", "l")})
		}
	case typ.Base == plan.TypeEnum && chance(t, 2):
		typ.Values, typ.ValueSetID = nil, oneOf(t, "vst_0", "vst_1")
	case typ.Base == plan.TypeEnum && chance(t, 3):
		*typ = plan.Type{Base: plan.TypeString, Constraints: drawConstraints(t, plan.TypeString)}
	default:
		items, fields, values, set := typ.Items, typ.Fields, typ.Values, typ.ValueSetID
		*typ = plan.Type{Base: typ.Base, Items: items, Fields: fields, Values: values, Constraints: drawConstraints(t, typ.Base)}
		if typ.Base == plan.TypeEnum {
			typ.ValueSetID = set
		}
	}
}

func drawType(t *rapid.T, depth int) plan.Type {
	base := oneOf(t, plan.TypeString, plan.TypeInteger, plan.TypeNumber, plan.TypeBoolean, plan.TypeDate, plan.TypeDatetime,
		plan.TypeEnum, plan.TypeList, plan.TypeObject)
	typ := plan.Type{Base: base, Constraints: drawConstraints(t, base)}
	switch base {
	case plan.TypeEnum:
		if typ.ValueSetID == "" {
			typ.Values = []plan.Value{{Value: "a"}, {Value: oneOf(t, "b", "1")}}
		}
	case plan.TypeList:
		items := drawType(t, depth)
		if items.Base == plan.TypeList {
			items = plan.Type{Base: plan.TypeString}
		}
		typ.Items = &items
	case plan.TypeObject:
		typ.Fields = drawFields(t, depth)
	}
	return typ
}

func drawFields(t *rapid.T, depth int) []plan.Field {
	var fields []plan.Field
	if depth > 0 {
		for _, name := range some(t, "f", "g") {
			fields = append(fields, plan.Field{Name: name, Required: chance(t, 2), Type: drawType(t, depth-1)})
		}
	}
	return fields
}

func drawNarrowing(t *rapid.T, base plan.BaseType) *plan.Constraints {
	c := drawConstraints(t, base)
	c.Nullable, c.Encoding = nil, ""
	if chance(t, 3) {
		no := false
		c.Nullable = &no
	}
	return &c
}

func drawConstraints(t *rapid.T, base plan.BaseType) plan.Constraints {
	var c plan.Constraints
	count := func() *int { n := rapid.IntRange(0, 2).Draw(t, "count"); return &n }
	if chance(t, 3) {
		c.Nullable = rapid.Ptr(rapid.Bool(), false).Draw(t, "nullable")
	}
	if chance(t, 10) {
		c.Encoding = oneOf(t, plan.EncodingJSON, plan.EncodingURL)
	}
	if chance(t, 4) && (base == plan.TypeString || base == plan.TypeList || base == plan.TypeObject) {
		c.NonEmpty = rapid.Ptr(rapid.Bool(), false).Draw(t, "nonEmpty")
	}
	switch base {
	case plan.TypeString:
		switch rapid.IntRange(0, 6).Draw(t, "which") {
		case 0:
			c.Pattern = oneOf(t, "[a-z]*", "[a-b]+", "1|a")
		case 1:
			c.MinLength = count()
		case 2:
			c.MaxLength = count()
		case 3:
			c.ValueSetID = oneOf(t, "vst_0", "vst_1")
		case 4:
			c.Constant = oneOf(t, `"a"`, `"1"`)
		}
	case plan.TypeInteger, plan.TypeNumber:
		switch rapid.IntRange(0, 5).Draw(t, "which") {
		case 0:
			c.Minimum = oneOf(t, "0", "1", "1.0")
		case 1:
			c.Maximum = oneOf(t, "2", "1", "10")
		case 2:
			c.ValueSetID = "vst_1"
		case 3:
			c.Constant = oneOf(t, "1", "2", "1.0")
		}
	case plan.TypeEnum:
		if chance(t, 4) {
			c.ValueSetID = oneOf(t, "vst_0", "vst_1")
		}
	case plan.TypeList:
		if chance(t, 2) {
			c.MinItems = count()
		}
		if chance(t, 2) {
			c.MaxItems = count()
		}
	}
	return c
}
