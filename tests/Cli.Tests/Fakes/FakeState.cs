using System.Collections.Concurrent;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>What the fake services remember.</summary>
internal sealed class FakeState
{
    public const string ApiKey = "dk_test_secret";

    public FakeState() => Branches["projects/lab/branches/main"] = new() { Name = "projects/lab/branches/main" };

    public ConcurrentDictionary<string, Branch> Branches { get; } = new();

    public ConcurrentDictionary<string, FakeStream> Streams { get; } = new();

    /// <summary>Blocks are refused for good once this many were stored; null: never.</summary>
    public int? BlocksBeforeRefusal { get; set; }

    /// <summary>Why it refuses then.</summary>
    public ErrorReason Refusal { get; set; } = ErrorReason.BranchNotWritable;

    /// <summary>Every sample of what is read is off by this: damage that a comparison must find.</summary>
    public short ReadError { get; set; }

    /// <summary>The connection is lost in the middle of every document and of all samples.</summary>
    public bool CutsExports { get; set; }

    /// <summary>The dataset that any two branches differ in; null: none.</summary>
    public string? DifferentDataset { get; set; }

    /// <summary>Updates of streams as they were asked for.</summary>
    public ConcurrentQueue<UpdateStreamRequest> StreamUpdates { get; } = new();

    /// <summary>The last file of records that came.</summary>
    public string LoadedText { get; set; } = "";

    /// <summary>Updates of jobs as they were asked for.</summary>
    public ConcurrentQueue<UpdateJobRequest> JobUpdates { get; } = new();

    public long NextVersion() => Interlocked.Increment(ref version);

    private long version;

    public static void RequireKey(ServerCallContext context)
    {
        if (context.RequestHeaders.GetValue("authorization") != $"Bearer {ApiKey}")
        {
            throw Error(ErrorReason.Unauthenticated, "The API key is unknown. Ask for a new one.");
        }
    }

    public Branch FindBranch(string name) =>
        Branches.TryGetValue(name, out var branch) && branch.State != BranchState.Deleted
            ? branch
            : throw Error(ErrorReason.BranchNotFound, $"{name} does not exist. List the branches.");

    public FakeStream FindStream(string name) =>
        Streams.TryGetValue(name, out var stream)
            ? stream
            : throw Error(ErrorReason.StreamNotFound, $"{name} does not exist. List the streams.");

    /// <summary>How a service that restarts answers.</summary>
    public static RpcException Away() => Error(ErrorReason.Unavailable, "This replica is stopping.");

    public static RpcException Error(ErrorReason reason, string message) =>
        ErrorStatus.ToRpcException(
            new DendriteException(reason, message) { Metadata = new Dictionary<string, string> { ["fake"] = "yes" } }
        );
}

/// <summary>A stream in memory.</summary>
internal sealed record FakeStream(SignalStream Descriptor)
{
    /// <summary>Samples of each channel.</summary>
    public List<short>[] Samples { get; } = [.. Descriptor.Channels.Select(_ => new List<short>())];

    public SortedDictionary<string, Annotation> Annotations { get; } = [];

    public List<TimeAnchor> Anchors { get; } = [];

    public int End => Samples[0].Count;
}
