namespace Dendrite.Interop.Processes;

/// <summary>This machine lacks what a peer needs. The message says what, and how it is installed.</summary>
internal sealed class PeerUnavailableException(string message) : Exception(message);
