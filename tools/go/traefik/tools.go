//go:build tools

// Package tools pins the import that go.mod and go.sum are tidied for.
package tools

import _ "github.com/traefik/traefik/v3/cmd/traefik"
