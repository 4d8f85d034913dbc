using System.Runtime.CompilerServices;
using Dendrite.Cli.Connection;
using Dendrite.Signals.Formats;
using Dendrite.V1;

namespace Dendrite.Cli.Export;

/// <summary>
/// Streams of the platform in the shape in which recordings are read from files, so that whatever writes one writes
/// the
/// other. All reads see one state.
/// </summary>
internal sealed class StoredRecording : RecordingReader
{
    private readonly Platform platform;
    private readonly IReadOnlyList<StoredStream> streams;

    private StoredRecording(Platform platform, Recording recording, IReadOnlyList<StoredStream> streams)
        : base(recording, [])
    {
        this.platform = platform;
        this.streams = streams;
    }

    /// <summary>Reads what there is about the streams, but no sample.</summary>
    public static async Task<StoredRecording> OpenAsync(
        Platform platform,
        IReadOnlyList<SelectedStream> selected,
        SnapshotPoint? at,
        CancellationToken cancellationToken
    )
    {
        var streams = selected.Select(stream => new StoredStream(platform, stream, at)).ToList();
        var first = selected[0].Stream;
        var (began, metadata, key) = StoredDescription.Begin(selected);
        foreach (var stream in streams)
        {
            await stream.StartAsync(cancellationToken);
        }
        // A part of a recording begins when its first sample was taken.
        if (selected[0].Range.StartSample > 0)
        {
            began = StoredTime.Floor(streams[0].FirstInstant);
        }
        var recorded = new List<RecordedStream>();
        foreach (var stream in streams)
        {
            recorded.Add(await stream.DescribeAsync(began, cancellationToken));
        }
        var recording = new Recording
        {
            Format = "Dendrite",
            StartTime = began.ToDateTimeOffset(),
            Streams = recorded,
            Warnings = [],
            Metadata = metadata,
            MetadataKey = key,
            Device = first.Device is { } device
                ? new() { Manufacturer = device.Manufacturer, Model = device.Model }
                : new(),
        };
        return new(platform, recording, streams);
    }

    public override async IAsyncEnumerable<SamplePiece> ReadAsync(
        int stream,
        long firstSample,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var pieces = new StoredPieces(platform, streams[stream], firstSample, cancellationToken);
        while (await pieces.NextAsync() is { } piece)
        {
            yield return piece;
        }
    }

    public override IAsyncEnumerable<SamplePiece> ReadLayoutAsync(int stream, CancellationToken cancellationToken) =>
        new StoredLayout(platform, streams[stream], ReadAsync(stream, 0, cancellationToken)).ReadAsync(
            cancellationToken
        );
}
