// Package demo fills an empty server with a shop that a newcomer can look at: a realistic plan on four terminals, and
// simulated devices that report through the same HTTP endpoints as real ones, some of them wrongly.
//
// Seed runs once, before the server is ready; Devices.Run owns the goroutines of the devices.
package demo

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Seed makes the administrator, the demo app with its plan and keys, and an API token, as far as they are not there, and
// returns the token's secret. The token is made anew at each start, because secrets are not kept.
func Seed(ctx context.Context, people *auth.Service, plans *catalog.Service) (token string, err error) {
	if _, err := people.EnsureAdmin(ctx, auth.CreateUser{Email: AdminEmail, Name: "演示管理员", Password: AdminPassword}); err != nil {
		return "", fmt.Errorf("make the demo's administrator: %w", err)
	}
	ctx = auth.With(ctx, auth.Operator())
	if _, err := plans.App(ctx, AppKey); fault.Is(err, fault.NotFound) {
		if err := (seeder{plans}).shop(ctx); err != nil {
			return "", fmt.Errorf("seed the demo: %w", err)
		}
	} else if err != nil {
		return "", fmt.Errorf("look for the demo: %w", err)
	}
	if err := revokeTokens(ctx, people); err != nil {
		return "", fmt.Errorf("revoke the demo's last token: %w", err)
	}
	_, secret, err := people.CreateTokenFor(ctx, AdminEmail, auth.CreateToken{
		Name: tokenName, Roles: []auth.Grant{{Role: auth.Admin}},
	})
	if err != nil {
		return "", fmt.Errorf("make the demo's token: %w", err)
	}
	return secret, nil
}

// tokenName is how the demo's token is known among those of its administrator.
const tokenName = "demo"

// revokeTokens refuses the tokens of earlier starts, whose secrets nobody has kept.
func revokeTokens(ctx context.Context, people *auth.Service) error {
	admin, err := people.User(ctx, AdminEmail)
	if err != nil {
		return err
	}
	tokens, err := people.Tokens(ctx, admin.ID)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if t.Name != tokenName || t.RevokedAt != nil {
			continue
		}
		if _, err := people.RevokeToken(ctx, t.ID); err != nil {
			return err
		}
	}
	return nil
}

type seeder struct{ *catalog.Service }

func (s seeder) shop(ctx context.Context) error {
	if err := s.app(ctx); err != nil {
		return err
	}
	if _, err := s.CreateValueSet(ctx, catalog.CreateValueSetInput{
		App: new(AppKey), Key: payMethods, Name: "支付方式", Description: "收银台支持的支付方式", Values: payMethodValues,
	}); err != nil {
		return fmt.Errorf("value set %s: %w", payMethods, err)
	}
	numbers := make([]string, len(batches))
	events, properties := map[string]string{}, map[string]string{} // ids by key
	for i, b := range batches {
		var err error
		if numbers[i], err = s.batch(ctx, b, properties); err != nil {
			return fmt.Errorf("batch %s: %w", b.title, err)
		}
	}
	for i, b := range batches {
		for _, e := range b.events {
			made, err := s.event(ctx, numbers[i], e)
			if err != nil {
				return fmt.Errorf("event %s: %w", e.key, err)
			}
			events[e.key] = made.ID
		}
	}
	return s.dictionary(ctx, events, properties)
}

// app makes the app with well-known write keys in place of the random ones.
func (s seeder) app(ctx context.Context) error {
	a, err := s.CreateApp(ctx, catalog.CreateAppInput{
		Key: AppKey, Name: "演示商城", Description: "一个虚构的电商应用：iOS、Android、网页与小程序四端。",
		Terminals: []catalog.NewTerminalInput{
			{Key: "ios", Name: "iOS", Kind: plan.TerminalIOS, Systems: []string{"iOS"}},
			{Key: "android", Name: "Android", Kind: plan.TerminalAndroid, Systems: []string{"Android"}},
			{Key: "web", Name: "网页", Kind: plan.TerminalWeb, Libraries: []string{"analytics.js", "RudderLabs JavaScript SDK"}},
			{Key: "mini", Name: "小程序", Kind: plan.TerminalMiniProgram, Libraries: []string{"analytics-miniprogram"}},
		},
	})
	if err != nil {
		return fmt.Errorf("app: %w", err)
	}
	for environment, key := range map[string]string{"test": TestKey, "production": ProductionKey} {
		if _, err := s.CreateWriteKey(ctx, catalog.CreateWriteKeyInput{
			App: a.Key, Environment: environment, Name: "演示", Key: &key,
		}); err != nil {
			return fmt.Errorf("write key %s: %w", key, err)
		}
	}
	return nil
}

// batch makes a batch and its properties, and notes their ids.
func (s seeder) batch(ctx context.Context, b batch, properties map[string]string) (number string, err error) {
	in := catalog.CreateBatchInput{
		App: AppKey, Title: b.title, Description: b.description, ExternalReference: b.reference,
		Documents: []catalog.DocumentInput{{Title: b.reference + " 需求文档", URL: "https://docs.example.com/" + b.reference}},
	}
	for terminal, version := range b.versions {
		in.TargetVersions = append(in.TargetVersions, catalog.TargetVersionInput{Terminal: terminal, Version: version})
	}
	made, err := s.CreateBatch(ctx, in)
	if err != nil {
		return "", err
	}
	for _, p := range b.properties {
		in := catalog.CreatePropertyInput{
			App: new(AppKey), Batch: &made.Number, Key: p.key, Name: p.name, Description: p.description,
			Type: typeInput(p.typ), Sensitivity: plan.SensitivityNone, Example: p.example,
		}
		if p.sensitivity != "" {
			in.Sensitivity = p.sensitivity
		}
		if p.typ.Base == plan.TypeEnum && len(p.typ.Values) == 0 {
			in.Type.Constraints.ValueSetKey = new(payMethods)
		}
		made, err := s.CreateProperty(ctx, in)
		if err != nil {
			return "", fmt.Errorf("property %s: %w", p.key, err)
		}
		properties[p.key] = made.ID
	}
	return made.Number, nil
}

func (s seeder) event(ctx context.Context, number string, e event) (*ent.Event, error) {
	in := catalog.CreateEventInput{
		Batch: number, Key: &e.key, Kind: plan.KindTrack, Name: e.name, WireName: &e.key, Match: e.match, Aliases: e.aliases,
		Trigger: e.trigger, Level: plan.LevelP1, Module: e.module, Terminals: e.terminals,
	}
	if e.kind != "" {
		in.Kind = e.kind
	}
	if e.level != "" {
		in.Level = e.level
	}
	if e.wireName != "" {
		in.WireName = &e.wireName
	}
	for _, u := range e.properties {
		p := catalog.EventPropertyInput{Key: &u.key, Presence: plan.PresenceRequired}
		if u.optional {
			p.Presence = plan.PresenceOptional
		}
		for _, t := range u.absentOn {
			p.PresenceOn = append(p.PresenceOn, catalog.TerminalPresenceInput{Terminal: t, Presence: plan.PresenceAbsent})
		}
		in.Properties = append(in.Properties, p)
	}
	return s.CreateEvent(ctx, in)
}

// typeInput is the input that makes a type.
func typeInput(t plan.Type) catalog.PropertyTypeInput {
	in := catalog.PropertyTypeInput{
		Base: t.Base, Values: t.Values,
		Constraints: &catalog.ConstraintsInput{MaxLength: t.MaxLength, MinLength: t.MinLength, NonEmpty: t.NonEmpty},
	}
	for from, to := range map[*string]**string{
		&t.Pattern: &in.Constraints.Pattern, &t.Minimum: &in.Constraints.Minimum, &t.Maximum: &in.Constraints.Maximum,
	} {
		if *from != "" {
			*to = from
		}
	}
	if t.Items != nil {
		items := typeInput(*t.Items)
		in.Items = &items
	}
	for _, f := range t.Fields {
		in.Fields = append(in.Fields, catalog.ObjectFieldInput{
			Name: f.Name, Label: f.Label, Required: f.Required, Type: typeInput(f.Type),
		})
	}
	return in
}
