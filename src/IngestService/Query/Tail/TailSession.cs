using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>
/// One call of <c>Tail</c>, from its first head to its end: catches up, then follows. It holds one step of the stream
/// at a time, and waits for nobody but its own client.
/// </summary>
/// <remarks>
/// A reader is behind from the moment on when there is something newer than what it has taken. Who asked for the past
/// gets all of it, however long that takes: only after it was up to date once is a reader moved forward.
/// </remarks>
internal sealed class TailSession(V1.TailRequest request, TailLease lease, TailParts parts, TailWriter responses)
{
    private readonly TimeSpan maxLag = TailPlan.ReadMaxLag(request.MaxLag);
    private readonly TailSamples samples = new(responses);

    /// <summary>The head up to which everything was sent; null before the first.</summary>
    private TailHead? head;

    private bool isCatchingUp = true;

    /// <summary>Index of the sample that comes next.</summary>
    private long position;

    /// <summary>Ends when the stream is finished and everything was sent.</summary>
    /// <exception cref="DendriteException">
    /// BRANCH_NOT_FOUND, STREAM_NOT_FOUND: it is not there, or not any more; SAMPLES_OUT_OF_RANGE, CHANNEL_NOT_FOUND,
    /// INVALID_ARGUMENT; DATA_DAMAGED.
    /// </exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var (now, _) = await lease.Cursor.TakeAsync(cancellation);
        var plan = TailPlan.Of(request, now.Stream);
        await SendHeaderAsync(now, plan, cancellation);
        await CatchUpAsync(now, plan, cancellation);
        head = now;
        while (!head.Stream.Finished)
        {
            var asked = parts.Time.GetTimestamp();
            (now, var since) = await lease.Cursor.TakeAsync(cancellation);
            isCatchingUp = isCatchingUp && since < asked && IsTooLate(since);
            await FollowAsync(plan, head, now, since, cancellation);
        }

        var finished = StreamMapper.ToContract(head.Stream, lease.Key.Name.Parent);
        finished.EndTime = await parts.Times.EndOfAsync(head.Branch, head.Stream, cancellation);
        await responses.WriteAsync(new() { Finished = finished });
    }

    /// <summary>
    /// What there is already. An annotation comes no later than the samples that it is about.
    /// </summary>
    private async Task CatchUpAsync(TailHead now, ReadPlan plan, CancellationToken cancellation)
    {
        position = plan.Range.Start;
        if (!request.HasStartSample)
        {
            return;
        }

        var read = parts.Steps.ReadAnnotationsAsync(now, since: null, position, cancellation);
        await using var notes = read.GetAsyncEnumerator(cancellation);
        var hasNote = await notes.MoveNextAsync();
        await samples.SendAsync(
            now,
            plan,
            parts.Steps.ReadPartsAsync(now, plan.Range, cancellation),
            async part =>
            {
                for (; hasNote && notes.Current.StartSample < part.End; hasNote = await notes.MoveNextAsync())
                {
                    await SendAsync(notes.Current);
                }

                return true;
            },
            cancellation
        );
        for (; hasNote; hasNote = await notes.MoveNextAsync())
        {
            await SendAsync(notes.Current);
        }

        position = plan.Range.End;
    }

    /// <summary>
    /// What came since the head before: annotations, then samples, for as long as the reader keeps up.
    /// </summary>
    private async Task FollowAsync(
        ReadPlan plan,
        TailHead before,
        TailHead now,
        long since,
        CancellationToken cancellation
    )
    {
        if (!now.IsOfOneLineWith(before))
        {
            position = Math.Min(position, await parts.Source.CommonEndAsync(before, now, cancellation));
            samples.GoBackTo(position);
            await SendHeaderAsync(now, plan with { Range = RangeTo(now) }, cancellation);
        }

        var shared = lease.Follower.Shared.Find(before.Number, now.Number);
        await foreach (var note in NotesOf(shared, before, now, cancellation))
        {
            await SendAsync(note);
        }

        var range = RangeTo(now);
        (position, head) = (range.End, now);
        foreach (var (within, found) in StepsOf(shared, now, range, cancellation))
        {
            var reached = await samples.SendAsync(
                now,
                plan with
                {
                    Range = within,
                },
                found,
                _ => ValueTask.FromResult(isCatchingUp || !IsTooLate(since)),
                cancellation
            );
            if (reached < within.End)
            {
                await MoveForwardAsync(reached, now, cancellation);
                return;
            }
        }
    }

    /// <summary>
    /// The samples of a range, step by step: a part that reaches beyond its step is of the next one too, and each gives
    /// its own of it.
    /// </summary>
    private IEnumerable<(SampleRange Range, IAsyncEnumerable<SamplePart> Parts)> StepsOf(
        IReadOnlyList<TailStep>? shared,
        TailHead now,
        SampleRange range,
        CancellationToken cancellation
    ) =>
        shared
            ?.Select(step => (Range: step.Range.Intersect(range), step.Parts.ToAsyncEnumerable()))
            .Where(step => !step.Range.IsEmpty)
        ?? [(range, parts.Steps.ReadPartsAsync(now, range, cancellation))];

    /// <summary>Leaves out samples up to the newest, and says so. Annotations are few, and none is left out.</summary>
    private async Task MoveForwardAsync(long from, TailHead stopped, CancellationToken cancellation)
    {
        // After a reset there is more to say than where it goes on: that comes with the next step.
        var newest = lease.Cursor.TryTake(stopped.IsOfOneLineWith) ?? stopped;
        await foreach (var note in parts.Steps.ReadAnnotationsAsync(newest, stopped, null, cancellation))
        {
            await SendAsync(note);
        }

        (position, head) = (Math.Max(position, newest.End), newest);
        var skipped = new V1.SampleRange { StartSample = from, EndSample = position };
        await responses.WriteAsync(new() { Skipped = skipped });
    }

    private IAsyncEnumerable<StreamAnnotation> NotesOf(
        IReadOnlyList<TailStep>? shared,
        TailHead before,
        TailHead now,
        CancellationToken cancellation
    ) =>
        shared?.SelectMany(step => step.Annotations).ToAsyncEnumerable()
        ?? parts.Steps.ReadAnnotationsAsync(now, before, startSample: null, cancellation);

    private SampleRange RangeTo(TailHead now) => new(position, Math.Max(position, now.End));

    private bool IsTooLate(long since) => parts.Time.GetElapsedTime(since) > maxLag;

    private async Task SendHeaderAsync(TailHead now, ReadPlan plan, CancellationToken cancellation)
    {
        var first = await parts.Times.FirstOfAsync(now.Branch, now.Stream, plan.Range, cancellation);
        await responses.WriteAsync(new() { Header = SampleReader.ToHeader(now.Branch, now.Stream, plan, first) });
    }

    private Task SendAsync(StreamAnnotation note) =>
        responses.WriteAsync(new() { Annotation = AnnotationMapper.ToContract(note) });
}
