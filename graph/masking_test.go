package graph_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/store"
)

// TestOriginalsAreForWhoMaySeeThem: masked for everybody, and beside that as it was for testers and administrators of the app.
func TestOriginalsAreForWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		env := w.store.Read().Environment.Query().FirstX(t.Context())
		position, err := w.store.CapturePosition(t.Context())
		require.NoError(t, err)
		b := &store.CaptureBatch{From: position, To: store.CapturePosition{StreamID: "masked", Seq: position.Seq + 1}}
		for i, keep := range []bool{true, false} {
			const raw = `{"userId":"13800138000"}`
			c := &capture.Captured{
				Event: capture.Event{Type: capture.Track, Name: "e", Raw: raw, UserID: raw[11:22], ReceivedAt: time.Now()},
				Seq:   int64(i + 1), AppID: env.AppID, EnvironmentID: env.ID, Verdict: capture.Valid,
			}
			masking.New(masking.Patterns(), nil).Event(c, keep)
			b.Samples = append(b.Samples, c)
		}
		require.NoError(t, w.store.CommitCapture(t.Context(), b))

		token := func(role auth.Role) string {
			grant := auth.Grant{Role: role, App: "shop"}
			mail := fmt.Sprint(role, "@shop.test")
			w.person(mail, grant)
			return w.tokenFor(mail, grant)
		}
		kept := map[string]any{"raw": map[string]any{"userId": "138****8000"}, "userId": "138****8000", "masked": true, "original": map[string]any{"userId": "13800138000"}}
		hidden := map[string]any{"raw": kept["raw"], "userId": "138****8000", "masked": true, "original": nil}
		for who, sees := range map[string]map[string]any{
			w.token: kept, token(auth.Tester): kept, token(auth.Developer): hidden, token(auth.Viewer): hidden,
		} {
			for _, id := range []string{"13800138000", "138****8000"} {
				a := w.as(who, `query($u: [String!]) { capturedEvents(app: "shop", environment: "test", filter: {userIds: $u}) { nodes { raw userId masked original } } }`,
					map[string]any{"u": []string{id}})
				require.Empty(t, a.Errors)
				require.Equal(t, []any{hidden, sees}, at(a.Data, "capturedEvents", "nodes"))
			}
		}
	})
}

// TestWhatIsMaskedIsASettingOfTheEnvironment.
func TestWhatIsMaskedIsASettingOfTheEnvironment(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		made := at(w.must(`mutation { createApp(input: {key: "mall", name: "Mall"}) { app { environments { id key maskedPatterns keepOriginals } } } }`), "createApp", "app", "environments")
		all := []any{"PHONE", "ID_CARD", "EMAIL", "BANK_CARD"}
		for i, key := range []string{"test", "production"} {
			require.Equal(t, map[string]any{"id": at(made, i, "id"), "key": key, "maskedPatterns": all, "keepOriginals": i == 0}, at(made, i))
		}
		set := func(input string) any {
			return at(w.must(`mutation($i: ID!) { updateEnvironment(input: {id: $i, `+input+`}) { environment { maskedPatterns keepOriginals } } }`, "i", at(made, 0, "id")), "updateEnvironment", "environment")
		}
		require.Equal(t, map[string]any{"maskedPatterns": []any{"PHONE", "BANK_CARD"}, "keepOriginals": false}, set(`maskedPatterns: [BANK_CARD, PHONE, PHONE], keepOriginals: false`))
		require.Equal(t, map[string]any{"maskedPatterns": []any{"PHONE", "BANK_CARD"}, "keepOriginals": false}, set(`name: "T"`))
		require.Equal(t, map[string]any{"maskedPatterns": []any{}, "keepOriginals": false}, set(`maskedPatterns: []`))
		other := at(w.must(`mutation { createEnvironment(input: {app: "mall", key: "beta", name: "Beta"}) { environment { maskedPatterns keepOriginals } } }`), "createEnvironment", "environment")
		require.Equal(t, map[string]any{"maskedPatterns": all, "keepOriginals": false}, other)
	})
}
