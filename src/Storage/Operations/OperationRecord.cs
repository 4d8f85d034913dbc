namespace Dendrite.Storage.Operations;

/// <summary>Where an operation stands.</summary>
public enum OperationState
{
    /// <summary>Waits for a worker.</summary>
    Pending,

    /// <summary>Somebody holds its lease.</summary>
    Running,

    /// <summary>Has a response.</summary>
    Succeeded,

    /// <summary>Has an error.</summary>
    Failed,

    /// <summary>Stopped because somebody asked for it; has an error that says so.</summary>
    Cancelled,
}

/// <summary>Work that outlives the call that began it, as it is stored.</summary>
/// <param name="Id">The last part of its resource name.</param>
/// <param name="Method">The RPC that began it, with its service's full name.</param>
public sealed record OperationRecord(ProjectId Project, string Id, string Method)
{
    public required OperationState State { get; init; }

    /// <summary>What its task needs; empty in listings.</summary>
    public byte[] Request { get; init; } = [];

    /// <summary>The label of the API key that asked first.</summary>
    public string Creator { get; init; } = "";

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    /// <summary>Null until it is done.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>When it was asked to stop; null where nobody did.</summary>
    public DateTimeOffset? CancelTime { get; init; }

    /// <summary>How often it was taken; the fencing token of who took it last.</summary>
    public int Attempt { get; init; }

    public OperationProgress Progress { get; init; } = OperationProgress.None;

    /// <summary>What it made; null until it succeeded, and in listings.</summary>
    public OperationResponse? Response { get; init; }

    /// <summary>A serialized <c>google.rpc.Status</c>; null unless it failed or was cancelled.</summary>
    public byte[]? Error { get; init; }

    public bool IsDone => EndTime is not null;
}

/// <summary>How far an operation is.</summary>
/// <param name="Step">What it does now, for people; empty before it began.</param>
/// <param name="Done">How much is done, in <paramref name="Unit"/>.</param>
/// <param name="Total">How much there is; null where that is not known.</param>
public sealed record OperationProgress(string Step, long Done, long? Total, string Unit)
{
    public static OperationProgress None { get; } = new("", 0, null, "");
}

/// <summary>What an operation made.</summary>
/// <param name="TypeName">Full name of the message, such as <c>dendrite.v1.ExperimentComparison</c>.</param>
/// <param name="Bytes">The message; at most <see cref="MaxBytes"/>.</param>
public sealed record OperationResponse(string TypeName, byte[] Bytes)
{
    /// <summary>What fits in one answer of gRPC beside the rest of the operation.</summary>
    public const int MaxBytes = 4_000_000;

    /// <summary>Whether the same work asked for later is done anew, and not answered from this.</summary>
    public bool IsOnce { get; init; }
}

/// <summary>Work that somebody asks for.</summary>
/// <param name="Id">For a new one; another's where the same work goes on or is done.</param>
/// <param name="Method">The RPC, with its service's full name.</param>
/// <param name="Request">
/// What its task needs, settled: the same whenever it is run; at most <see cref="MaxRequestBytes"/>.
/// </param>
/// <param name="WorkDigest">
/// SHA-256 of everything that the result follows from, 32 bytes; null where each request is work of its own.
/// </param>
public sealed record NewOperation(string Id, string Method, byte[] Request, byte[]? WorkDigest)
{
    /// <summary>Twice what fits in one call, for what is settled is written out as text.</summary>
    public const int MaxRequestBytes = 8 << 20;
}
