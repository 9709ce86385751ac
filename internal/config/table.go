package config

import "strings"

// Language is one that the documentation is written in.
type Language int

// The languages.
const (
	English Language = iota
	Chinese
)

// Table returns all settings as a Markdown table.
func Table(in Language) string {
	var b strings.Builder
	if in == Chinese {
		b.WriteString("| 参数 | 环境变量 | 默认值 | 说明 |\n|---|---|---|---|\n")
	} else {
		b.WriteString("| flag | variable | default | what it does |\n|---|---|---|---|\n")
	}
	for _, s := range All() {
		value, text := "", s.Help
		if s.Default != "" {
			value = "`" + s.Default + "`"
		}
		if in == Chinese {
			text = s.Chinese
		}
		b.WriteString("| `--" + s.Name + "` | `" + s.Variable + "` | " + value + " | " + strings.ReplaceAll(text, "|", `\|`) + " |\n")
	}
	return b.String()
}
