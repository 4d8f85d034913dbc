using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Import;
using Dendrite.Signals.Formats;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Export;

/// <summary>One stream of an export: its descriptor, its annotations and its clock.</summary>
internal sealed class StoredStream(Platform platform, SelectedStream selected, SnapshotPoint? at)
{
    private const int PageSize = 10_000;

    private Timestamp began = new();

    public SelectedStream Selected => selected;

    public SnapshotPoint? At => at;

    /// <summary>Index of the first sample wanted; recordings count from there.</summary>
    public long First => selected.Range.StartSample;

    public long SampleCount => selected.Range.EndSample - First;

    /// <summary>When the first sample wanted was taken.</summary>
    public Timestamp FirstInstant { get; private set; } = selected.Stream.StartTime;

    /// <summary>Finds <see cref="FirstInstant"/>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (First > 0)
        {
            FirstInstant =
                selected.Stream.StartTime + ExactTime.Seconds(await SecondsAtAsync(First, cancellationToken));
        }
    }

    /// <summary>What a file would say of it.</summary>
    /// <param name="start">The instant from which the recording's seconds count.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<RecordedStream> DescribeAsync(Timestamp start, CancellationToken cancellationToken)
    {
        began = start;
        return new()
        {
            Rate = new(selected.Stream.NominalRate.Samples, selected.Stream.NominalRate.Seconds),
            OnsetSeconds = FirstInstant.Since(start),
            Channels = [.. selected.Channels.Select(StoredDescription.Channel)],
            SampleCount = SampleCount,
            Annotations = await AnnotationsAsync(cancellationToken),
        };
    }

    /// <summary>
    /// The anchors of the samples wanted, counted from the first of them; where the range cuts between two, one at
    /// its
    /// last sample too.
    /// </summary>
    public async IAsyncEnumerable<RecordedAnchor> AnchorsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        (long Sample, decimal Seconds) before = (First, FirstInstant.Since(began));
        await foreach (var anchor in AllAnchorsAsync(cancellationToken))
        {
            decimal seconds = anchor.Instant.Since(began);
            if (anchor.Sample >= selected.Range.EndSample)
            {
                long last = selected.Range.EndSample - 1;
                if (last > before.Sample)
                {
                    decimal pace = (seconds - before.Seconds) / (anchor.Sample - before.Sample);
                    yield return new(last - First, before.Seconds + (pace * (last - before.Sample)));
                }
                yield break;
            }
            if (anchor.Sample >= First)
            {
                before = (anchor.Sample, seconds);
                yield return new(anchor.Sample - First, seconds);
            }
        }
    }

    /// <summary>When a sample was taken, in seconds after the stream's start.</summary>
    private async Task<decimal> SecondsAtAsync(long sample, CancellationToken cancellationToken)
    {
        var rate = new RecordedRate(selected.Stream.NominalRate.Samples, selected.Stream.NominalRate.Seconds);
        (long Sample, decimal Seconds) before = (0, 0);
        await foreach (var anchor in AllAnchorsAsync(cancellationToken))
        {
            decimal seconds = anchor.Instant.Since(selected.Stream.StartTime);
            if (anchor.Sample > sample)
            {
                decimal pace = (seconds - before.Seconds) / (anchor.Sample - before.Sample);
                return before.Seconds + (pace * (sample - before.Sample));
            }
            before = (anchor.Sample, seconds);
        }
        return before.Seconds + rate.SecondsAt(sample - before.Sample);
    }

    private async IAsyncEnumerable<TimeAnchor> AllAnchorsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var request = new ListTimeAnchorsRequest
        {
            Parent = selected.Stream.Name,
            PageSize = PageSize,
            At = at,
        };
        do
        {
            var page = await platform.Query.ListTimeAnchorsAsync(request, cancellationToken: cancellationToken);
            foreach (var anchor in page.Anchors)
            {
                yield return anchor;
            }
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);
    }

    private async Task<IReadOnlyList<RecordedAnnotation>> AnnotationsAsync(CancellationToken cancellationToken)
    {
        var all = new List<RecordedAnnotation>();
        var request = new ListAnnotationsRequest
        {
            Parent = selected.Stream.Name,
            PageSize = PageSize,
            At = at,
        };
        do
        {
            var page = await platform.Query.ListAnnotationsAsync(request, cancellationToken: cancellationToken);
            all.AddRange(page.Annotations.Where(IsWanted).Select(Map));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);
        return all;
    }

    /// <summary>Of a part those that begin in it; of a whole stream also those beside its samples.</summary>
    private bool IsWanted(Annotation annotation) =>
        SampleCount == selected.Stream.EndSample
        || (annotation.StartSample >= First && annotation.StartSample < selected.Range.EndSample);

    private RecordedAnnotation Map(Annotation annotation) =>
        new(annotation.Text)
        {
            StartSample = annotation.StartSample - First,
            OnsetSeconds = annotation.Onset is { } onset
                ? StoredTime.Seconds(onset) + selected.Stream.StartTime.Since(began)
                : null,
            DurationSeconds = annotation.Duration is { } duration ? StoredTime.Seconds(duration) : null,
            Category = annotation.Category,
            Channels = [.. annotation.Channels],
            Metadata = annotation.Metadata is { } metadata ? JsonNode.Parse(metadata.ToString()) as JsonObject : null,
        };
}
