// The one function of the C mathematics library that ranking needs. SPDX-License-Identifier: MIT

import Glibc

/// The natural logarithm.
func logarithm(_ value: Double) -> Double {
    log(value)
}
