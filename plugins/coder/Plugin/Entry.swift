// The one symbol that the coder's library exports. SPDX-License-Identifier: MIT

import BatonPluginKit
public import CBatonPlugin
import CoderRole

private let plugin = RolePlugin(Coder.self)

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The entry that Baton looks up.
@c @implementation
public func baton_plugin_entry_v1() -> UnsafePointer<baton_entry>? { plugin.entry }
