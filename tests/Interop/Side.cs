namespace Dendrite.Interop;

/// <summary>Which side of a call is ours.</summary>
public enum Side
{
    Client,
    Server,
}
