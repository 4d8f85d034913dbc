using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Grpc.Core;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>What a tail works with.</summary>
internal sealed record TailParts(TailSource Source, StepReader Steps, TimeProvider Time)
{
    public required StreamTimes Times { get; init; }

    /// <summary>Cancelled when this replica is told to stop.</summary>
    public required CancellationToken Draining { get; init; }
}

/// <summary>Live tails of streams. Thread-safe.</summary>
internal sealed class TailService(BranchDirectory branches, StreamFollowers followers, TailParts parts)
{
    /// <summary>Sends a stream as it grows, until it is finished, gone, or the client leaves.</summary>
    /// <exception cref="DendriteException">
    /// As of <see cref="TailSession.RunAsync"/>; QUOTA_EXCEEDED; UNAVAILABLE: this replica is stopping.
    /// </exception>
    public async Task TailAsync(
        Caller caller,
        V1.TailRequest request,
        IServerStreamWriter<V1.TailResponse> responses,
        CancellationToken callEnded
    )
    {
        var name = StreamName.Parse(request.Stream, "stream");
        TailPlan.ReadMaxLag(request.MaxLag);
        var project = await branches.GetProjectAsync(caller, name.Project, callEnded);
        using var lease = followers.Join(new(project, name));
        var session = new TailSession(request, lease, parts, new(responses, callEnded, parts.Draining));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(callEnded, parts.Draining);
        try
        {
            await session.RunAsync(either.Token);
        }
        catch (OperationCanceledException)
            when (!callEnded.IsCancellationRequested && parts.Draining.IsCancellationRequested)
        {
            throw new DendriteException(
                ErrorReason.Unavailable,
                $"This replica is stopping: tail {name} again at another one, from the sample after the last that "
                    + "came."
            )
            {
                RetryAfter = TimeSpan.FromMilliseconds(100),
            };
        }
    }
}
