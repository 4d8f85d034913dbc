namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>Writers that store samples in one of the ways that are compared. Disposing ends them.</summary>
internal interface IStorageLoad : IAsyncDisposable
{
    /// <summary>Stores so many units, shared out over the writers; ends when all are durable.</summary>
    Task WriteAsync(int count);

    /// <summary>Stores blocks as a device fills them.</summary>
    /// <returns>Milliseconds from the last sample of each block until it was durable.</returns>
    Task<double[]> WriteAtPaceAsync(TimeSpan length);

    /// <summary>Bits a sample takes as it is sent.</summary>
    double BitsPerSample { get; }
}
