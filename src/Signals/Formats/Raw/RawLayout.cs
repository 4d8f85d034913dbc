namespace Dendrite.Signals.Formats.Raw;

/// <summary>In which order a raw file has its samples.</summary>
public enum RawLayout
{
    /// <summary>All channels of an instant together, then the next instant.</summary>
    Interleaved,

    /// <summary>All samples of a channel together, then the next channel.</summary>
    Planar,
}
