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

    public CircuitOptions Circuit { get; init; } = new();

    /// <summary>How long a connection may take to be made. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After how long of silence a connection with calls on it is asked for a sign of life. Default
    /// 10 s.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long it may take to give one; then its calls break. Default 10 s.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(10);

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

    /// <summary>
    /// For how long to try without any progress before the failure is reported: from the first failure after samples
    /// were acknowledged, or nothing waited for that. A stream that is only opened again is no progress. Default 2 min.
    /// </summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>
/// When gateways of one connection stop asking all at once: while the platform is away, one of them asks, and the
/// others wait for what it finds.
/// </summary>
public sealed record CircuitOptions
{
    /// <summary>Failures to open a stream in 10 s, and hardly any success, that open the circuit. Default 5.</summary>
    public int Failures { get; init; } = 5;

    /// <summary>How long it stays open before one call is let through. Default 2 s; at least 500 ms.</summary>
    public TimeSpan Break { get; init; } = TimeSpan.FromSeconds(2);
}
