// Anchors the library that owns the precompiled header.
namespace millwright {
int precompiled_anchor();
int precompiled_anchor() { return 0; }
}  // namespace millwright
