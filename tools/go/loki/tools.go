//go:build tools

// Package tools pins the import that go.mod and go.sum are tidied for.
package tools

import _ "github.com/grafana/loki/v3/cmd/loki"
