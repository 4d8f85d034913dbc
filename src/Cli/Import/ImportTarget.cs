using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Import;

/// <summary>What a stream of a plan meets in the branch.</summary>
internal enum TargetState
{
    /// <summary>Nothing: the stream will be made.</summary>
    New,

    /// <summary>A part of the same file: the import goes on.</summary>
    Partial,

    /// <summary>The same file, whole and finished: there is nothing to do.</summary>
    Complete,
}

/// <summary>Looks at the branch before anything is sent.</summary>
internal static class ImportTarget
{
    /// <summary>What is there under the stream's name. One call.</summary>
    /// <exception cref="CliException">Another recording is there.</exception>
    public static async Task<TargetState> InspectAsync(
        Platform platform,
        string branch,
        StreamPlan plan,
        CancellationToken cancellationToken
    )
    {
        string name = platform.StreamName(branch, plan.StreamId);
        SignalStream stream;
        try
        {
            var response = await platform.Query.GetStreamAsync(
                new GetStreamRequest { Name = name },
                cancellationToken: cancellationToken
            );
            stream = response.Stream;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            // Either the stream is missing, which is what we hope for, or the branch is, which the append would say too
            // late: after the first streams of the file were made.
            await platform.Branches.GetBranchAsync(
                new GetBranchRequest { Name = platform.BranchName(branch) },
                cancellationToken: cancellationToken
            );
            return TargetState.New;
        }
        string wanted = plan.Descriptor.Labels[ImportPlan.SourceLabel];
        if (!stream.Labels.TryGetValue(ImportPlan.SourceLabel, out string? there) || there != wanted)
        {
            throw new CliException(
                ExitCode.Conflict,
                "STREAM_OF_ANOTHER_FILE",
                $"{name} exists and holds another recording. Choose another name with --stream, or another branch."
            );
        }
        return stream.State == StreamState.Finished ? TargetState.Complete : TargetState.Partial;
    }
}
