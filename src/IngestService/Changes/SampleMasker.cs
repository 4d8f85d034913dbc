using System.Text.Json.Nodes;
using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Changes;

/// <summary>Hides samples that are stored. Thread-safe.</summary>
internal sealed class SampleMasker(StreamChanges changes, MaskStore masks, TimeProvider time)
{
    private const int MaxReasonLength = 1_000;

    /// <summary>Of the reason in the message of the commit.</summary>
    private const int MaxMessageReason = 200;

    private static readonly SampleRange Everything = new(0, long.MaxValue);

    /// <exception cref="DendriteException">
    /// STREAM_NOT_FOUND, CHANNEL_NOT_FOUND, SAMPLES_OUT_OF_RANGE, QUOTA_EXCEEDED, INVALID_ARGUMENT.
    /// </exception>
    public async Task<V1.MaskSamplesResponse> MaskAsync(
        Caller caller,
        V1.MaskSamplesRequest request,
        Func<string, Mutation> mutationOf,
        CancellationToken cancellationToken
    )
    {
        var name = StreamName.Parse(request.Stream, "stream");
        var range = TimeMapper.ReadRange(request.Range, "range");
        var reason = RequestFields.Text(request.Reason, "reason", MaxReasonLength);
        if (string.IsNullOrWhiteSpace(reason))
        {
            throw DendriteException.Invalid("reason", "is missing: say why, for those who will miss the samples");
        }

        var mutation = mutationOf(name.ToString());
        var done = await changes.RunAsync(caller, name, mutation, PlanAsync, cancellationToken);
        return new() { Version = done.Version.Value };

        async Task<SignalChange?> PlanAsync(SignalTransaction held, SignalStream? found)
        {
            var stream = found ?? throw StreamChanges.NoStream(name);
            CheckRange(range, stream);
            var channels = ReadChannels(request, stream.Descriptor);
            await RequireRoomAsync(held, stream, cancellationToken);
            var mask = NewRow(stream.StreamId, range, channels, reason);
            var message = $"Mask samples of stream {name.Stream}: {BriefText.Cut(reason, MaxMessageReason)}";
            return new SignalChange(message, mutation, [mask])
            {
                Statistics = new Dictionary<string, long> { ["masks"] = 1 },
            };
        }
    }

    private VersionedRow NewRow(long streamId, SampleRange range, string[] channels, string reason) =>
        new(
            VersionedTable.Mask,
            new JsonObject
            {
                ["stream_id"] = streamId,
                ["mask_id"] = Guid.CreateVersion7(time.GetUtcNow()).ToString(),
                ["deleted"] = false,
                ["first_sample"] = range.Start,
                ["end_sample"] = range.End,
                ["channels"] = new JsonArray([.. channels.Select(channel => JsonValue.Create(channel))]),
                ["reason"] = reason,
            }
        );

    private static void CheckRange(SampleRange range, SignalStream stream)
    {
        var end = stream.Progress.NextSample;
        if (range.End > end)
        {
            var problem = $"{range.Start} to {range.End} reaches beyond {end}, where the stream ends";
            throw new DendriteException(ErrorReason.SamplesOutOfRange, $"range: {problem}; mask what is stored.")
            {
                FieldViolations = [new("range", problem)],
            };
        }
    }

    /// <summary>Each once, in the stream's order; none stands for all.</summary>
    private static string[] ReadChannels(V1.MaskSamplesRequest request, SignalStreamDescriptor stream)
    {
        var wanted = request.Channels.ToHashSet(StringComparer.Ordinal);
        var known = stream.Channels.Select(channel => channel.Label).Where(wanted.Remove).ToArray();
        if (wanted.Count > 0)
        {
            var unknown = wanted.First();
            var labels = stream.Channels.Select(channel => channel.Label).ToList();
            throw ChannelErrors.NoSuch($"channels[{request.Channels.IndexOf(unknown)}]", unknown, stream.Name, labels);
        }

        return known.Length == stream.Channels.Count ? [] : known;
    }

    private async Task RequireRoomAsync(
        SignalTransaction held,
        SignalStream stream,
        CancellationToken cancellationToken
    )
    {
        var all = await masks.ListAsync(
            held.View,
            stream.StreamId,
            Everything,
            after: null,
            MaskStore.MaxMasks,
            cancellationToken
        );
        if (all.Count >= MaskStore.MaxMasks)
        {
            throw new DendriteException(
                ErrorReason.QuotaExceeded,
                $"The stream has {all.Count} masks, which is the most it can have: mask longer ranges at a time."
            );
        }
    }
}
