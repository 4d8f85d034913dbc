namespace Dendrite.Client.Connection;

/// <summary>Where the platform is and who calls it.</summary>
public sealed record ConnectionOptions
{
    /// <summary>
    /// gRPC addresses of the Ingest service, one for each replica, such as <c>http://localhost:5121</c>. At least
    /// one.
    /// </summary>
    public required IReadOnlyList<string> IngestAddresses { get; init; }

    /// <summary>The API key, <c>dk_…</c>. Sent with every call; over a network only behind TLS.</summary>
    public required string ApiKey { get; init; }

    public RetryOptions Retry { get; init; } = new();

    /// <summary>The clock of delays; tests put a fake one here.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>How calls that failed for the moment are tried again: exponential delays with jitter.</summary>
public sealed record RetryOptions
{
    /// <summary>Median delay before the first retry. Default 100 ms; each further one is twice as long.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest delay. Default 5 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For how long to try without any progress before the failure is reported. Default 2 min.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(2);
}
