// The version of the program.

/// The version of this Baton: `baton --version`, the plugin host's name, the journal.
package let batonVersion = "0.1.0"
