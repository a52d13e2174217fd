// SPDX-License-Identifier: GPL-3.0-or-later
//go:build tools

// Package dendrite only says which homeserver tests/env/setup builds; go.mod pins its version, go.sum every hash.
package dendrite

import _ "github.com/element-hq/dendrite/cmd/dendrite"
