namespace Dendrite.Cli.Simulation;

/// <summary>What is simulated.</summary>
internal sealed record SimulationOptions
{
    /// <summary>How much faster than the device's clock; 0: as fast as it goes.</summary>
    public required double Speed { get; init; }

    /// <summary>Directory of the spools, kept; null: a temporary one.</summary>
    public required string? SpoolDirectory { get; init; }

    public required long MaxSpoolBytes { get; init; }

    public required LinkFaults Link { get; init; }

    /// <summary>Whether everything is read back and compared.</summary>
    public required bool Verify { get; init; }

    /// <summary>Where acknowledgements are written down; null: nowhere.</summary>
    public required string? Journal { get; init; }
}

/// <summary>A device and the stream that it goes into.</summary>
/// <param name="Stream">Resource name.</param>
/// <param name="Device">What it gives.</param>
internal sealed record SimulatedStream(string Stream, SimulatedDevice Device)
{
    /// <summary>The last part of the name.</summary>
    public string Id => Stream[(Stream.LastIndexOf('/') + 1)..];
}
