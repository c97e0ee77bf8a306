//go:build tools

// Package tools pins the imports that go.mod and go.sum are tidied for.
package tools

import _ "github.com/rancher/local-path-provisioner"
