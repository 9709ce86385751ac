package config_test

import (
	"flag"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/config"
	"github.com/waymarkhq/waymark/internal/fault"
)

var update = flag.Bool("update", false, "write the documentation")

// parse reads a command line as the program does.
func parse(t *testing.T, environ []string, args ...string) (config.Config, error) {
	t.Helper()
	var grammar struct {
		config.Settings
		Demo bool `name:"demo"`
	}
	sources := config.NewSources(environ)
	k, err := kong.New(&grammar, sources.Options()...)
	require.NoError(t, err)
	if _, err := k.Parse(args); err != nil {
		return config.Config{}, err
	}
	return sources.Config(grammar.Settings, grammar.Demo)
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "waymark.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := parse(t, nil)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", c.Addr)
	require.Equal(t, "./waymark-data", c.DataDir)
	require.Equal(t, config.AckFsync, c.Ack)
	require.Equal(t, 1, c.NATSReplicas)
	require.Empty(t, c.DatabaseURL)
	require.False(t, c.TLS())
}

// TestPrecedence: a flag goes before a variable, that before the file, that before the default.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	path := file(t, "addr: 127.0.0.1:1\nack: process\nlog-level: debug\norigins: [https://a.example, 'https://B.example:8443']\n")
	c, err := parse(t, []string{"WAYMARK_ADDR=127.0.0.1:2", "WAYMARK_ACK=fsync", "WAYMARK_LOG_LEVEL=", "WAYMARK_CONFIG=" + path}, "--addr", "127.0.0.1:3")
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:3", c.Addr)
	require.Equal(t, config.AckFsync, c.Ack)
	require.Equal(t, "DEBUG", c.LogLevel.String(), "an empty variable says nothing")
	require.Equal(t, []string{"https://a.example", "https://b.example:8443"}, c.Origins)

	c, err = parse(t, []string{"WAYMARK_CONFIG=/does/not/exist"}, "--config="+path)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:1", c.Addr)
	require.Equal(t, config.AckProcess, c.Ack)
}

func TestVariables(t *testing.T) {
	t.Parallel()
	c, err := parse(t, []string{
		"DATABASE_URL=postgres://u:p@h/d", "NATS_URL=nats://h:4222", "WAYMARK_NATS_REPLICAS=3", "WAYMARK_NATS_MAX_BYTES=1.5GiB",
		"WAYMARK_TRUSTED_PROXIES=10.0.0.0/8, ::ffff:192.0.2.1 ,2001:db8::/32", "WAYMARK_PUBLIC_URL=https://w.example/waymark/",
		"WAYMARK_ADMIN_EMAIL=a@b.example", "WAYMARK_ADMIN_PASSWORD=correct horse", "WAYMARK_TYPO=1",
	})
	require.NoError(t, err)
	require.Equal(t, "postgres://u:p@h/d", c.DatabaseURL)
	require.Equal(t, "nats://h:4222", c.NATSURL)
	require.Equal(t, 3, c.NATSReplicas)
	require.Equal(t, int64(3<<29), c.NATSMaxBytes)
	require.Equal(t, "https://w.example/waymark", c.PublicURL.String())
	require.Equal(t, []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8::/32"),
	}, c.TrustedProxies)
	require.Equal(t, []string{"WAYMARK_TYPO"}, config.NewSources([]string{"WAYMARK_TYPO=1", "WAYMARK_ADDR=x", "PATH=/"}).Unknown())
	for _, a := range c.Redacted() {
		require.NotContains(t, a.Value.String(), "u:p@")
		require.NotContains(t, a.Value.String(), "horse")
	}
}

// TestEveryFaultIsNamed: all that is wrong is said at once, each with the place that says it, and no secret with it.
func TestEveryFaultIsNamed(t *testing.T) {
	t.Parallel()
	path := file(t, "ack: sometimes\nnats-max-bytes: many\n")
	_, err := parse(t, []string{"WAYMARK_LOG_LEVEL=loud", "WAYMARK_PUBLIC_URL=ftp://u:secret@h", "WAYMARK_CONFIG=" + path},
		"--addr", "8080", "--collect-addr=:http", "--origins=https://a.example/path,https://b.example", "--trusted-proxies=home",
		"--tls-key=k.pem", "--admin-email=a@b.example", "--nats-replicas=9", "--log-format=xml")
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	places := map[string]string{}
	for _, f := range e.Fields {
		places[f.Path] = f.Reason
	}
	require.Equal(t, map[string]string{
		"--addr": "invalid_address", "--collect-addr": "invalid_address", "WAYMARK_PUBLIC_URL": "invalid_url",
		"--origins": "invalid_origin", "--trusted-proxies": "invalid_network", path + ": nats-max-bytes": "invalid_size",
		path + ": ack": "unknown", "WAYMARK_LOG_LEVEL": "unknown", "--log-format": "unknown", "--tls-key": "incomplete",
		"--nats-replicas": "out_of_range", "--admin-email": "incomplete",
	}, places)
	require.NotContains(t, err.Error(), "secret")
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	_, err := parse(t, nil, "--config=/does/not/exist.yaml")
	require.EqualError(t, err, "the configuration file /does/not/exist.yaml does not exist")
	_, err = parse(t, nil, "--config="+file(t, "addr: [\n"))
	require.ErrorContains(t, err, "waymark.yaml")
	path := file(t, "addr: 127.0.0.1:0\nadr: x\n# comment\ntls-cert: {a: b}\nconfig: other.yaml\norigins: ['a,b']\n")
	_, err = parse(t, nil, "--config="+path)
	for _, want := range []string{":2: adr: there is no such setting", ":4: tls-cert: must be", ":5: config: there is no such", ":6: origins: must"} {
		require.ErrorContains(t, err, path+want)
	}
	c, err := parse(t, nil, "--config="+file(t, "\n# nothing\naddr:\n"))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", c.Addr)
}

func TestDemoStaysAtHome(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:0", "[::1]:8080", "localhost:8080", "127.8.8.8:1"} {
		c, err := parse(t, nil, "--demo", "--addr", addr)
		require.NoError(t, err, addr)
		require.Equal(t, "./waymark-demo", c.DataDir)
	}
	for _, addr := range []string{":8080", "0.0.0.0:8080", "[::]:8080", "192.168.1.1:8080", "example.com:80", "localhost.example.com:80"} {
		_, err := parse(t, nil, "--demo", "--addr", addr)
		require.ErrorContains(t, err, "demo", addr)
		_, err = parse(t, nil, "--demo", "--collect-addr", addr)
		require.ErrorContains(t, err, "demo", addr)
		_, err = parse(t, nil, "--addr", addr)
		require.NoError(t, err, addr)
	}
	c, err := parse(t, nil, "--demo", "--data-dir=/d")
	require.NoError(t, err)
	require.Equal(t, "/d", c.DataDir)
}

func TestURL(t *testing.T) {
	t.Parallel()
	bound := func(host string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(host), Port: 4711} }
	for _, c := range []struct{ addr, bound, url, local string }{
		{"127.0.0.1:0", "127.0.0.1", "http://127.0.0.1:4711", "http://127.0.0.1:4711"},
		{":0", "::", "http://localhost:4711", "http://localhost:4711"},
		{"0.0.0.0:4711", "0.0.0.0", "http://localhost:4711", "http://localhost:4711"},
		{"[::1]:0", "::1", "http://[::1]:4711", "http://[::1]:4711"},
		{"waymark.local:0", "192.0.2.1", "http://waymark.local:4711", "http://192.0.2.1:4711"},
	} {
		cfg, err := parse(t, nil, "--addr", c.addr)
		require.NoError(t, err)
		require.Equal(t, c.url, cfg.URL(bound(c.bound)), c.addr)
		require.Equal(t, c.local, cfg.LocalURL(bound(c.bound)), c.addr)
	}
	c, err := parse(t, nil, "--public-url=https://w.example/")
	require.NoError(t, err)
	require.Equal(t, "https://w.example", c.URL(bound("127.0.0.1")))
	require.Equal(t, "http://127.0.0.1:4711", c.LocalURL(bound("127.0.0.1")))
}

func FuzzSettings(f *testing.F) {
	f.Add("127.0.0.1:8080", "10GiB", "https://a.example", "10.0.0.0/8", "addr: x")
	f.Fuzz(func(t *testing.T, addr, size, url, proxy, yaml string) {
		s := config.NewSources(nil)
		c, err := s.Config(config.Settings{
			Addr: addr, NATSMaxBytes: size, PublicURL: url, Origins: []string{url}, TrustedProxies: []string{proxy}, NATSReplicas: 1,
		}, true)
		if err == nil {
			require.NotEmpty(t, c.Addr)
		}
		_, _ = config.ParseFile(s, []byte(yaml))
	})
}

// TestDocumentation keeps the documentation true: every setting, with its default, in both languages. Run with -update
// after a change. In other documents the table stands between two marks.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	for name, head := range map[string]string{
		"configuration.md": "# Configuration\n\nA flag goes before a variable, a variable before the YAML file that `--config` names, the file before the default.\n" +
			"Keys of the file are the flags' names without dashes in front; lists are YAML lists, or separated by commas.\n\n",
		"configuration.zh-CN.md": "# 配置\n\n优先级：命令行参数 > 环境变量 > `--config` 指定的 YAML 文件 > 默认值。\n" +
			"文件中的键名即参数名（不带开头的短横线）；列表可写成 YAML 列表，或以逗号分隔。\n\n",
	} {
		compare(t, filepath.Join("../../docs", name), head+table(name))
	}
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		const begin, end = "<!-- settings -->\n", "<!-- /settings -->"
		before, rest, marked := strings.Cut(string(text), begin)
		if !marked {
			continue
		}
		_, after, closed := strings.Cut(rest, end)
		require.True(t, closed, name)
		compare(t, filepath.Join("../..", name), before+begin+table(name)+end+after)
	}
}

func table(name string) string {
	if strings.Contains(name, "zh-CN") {
		return config.Table(config.Chinese)
	}
	return config.Table(config.English)
}

func compare(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "run: go test ./internal/config -update")
}

// TestEverySettingIsDescribed in both languages.
func TestEverySettingIsDescribed(t *testing.T) {
	t.Parallel()
	for _, s := range config.All() {
		require.NotEmpty(t, s.Name)
		require.NotEmpty(t, s.Placeholder, s.Name)
		require.NotEmpty(t, s.Group, s.Name)
		require.True(t, strings.HasSuffix(s.Help, "."), s.Name)
		require.True(t, strings.HasSuffix(s.Chinese, "。"), s.Name)
	}
}
