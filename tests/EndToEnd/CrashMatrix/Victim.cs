namespace Dendrite.EndToEnd.CrashMatrix;

/// <summary>What is killed.</summary>
public enum Victim
{
    /// <summary>The process that all gateways run in: <c>kill -9</c>, and a new one on the same spools.</summary>
    Gateways,

    /// <summary>The Ingest service: <c>kill -9</c>.</summary>
    Ingest,

    /// <summary>PostgreSQL's postmaster: <c>kill -9</c>, and recovery from its log.</summary>
    Postmaster,

    /// <summary>One backend of Ingest's role: <c>kill -9</c>; PostgreSQL ends all others and recovers.</summary>
    Backend,

    /// <summary>Redis: <c>kill -9</c>, away until more was acknowledged without it.</summary>
    Redis,

    /// <summary>The network: every connection is reset, none can be made for a while.</summary>
    NetworkCut,

    /// <summary>The network: connections swallow what is sent and nobody is told.</summary>
    NetworkSilence,
}
