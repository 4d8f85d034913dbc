using Dendrite.Client.Connection;
using Dendrite.V1;

namespace Dendrite.Cli.Simulation;

/// <summary>
/// Reads a stream back and compares it with what the device gives: every sample once, in order, bit for bit, and what
/// is missing declared. Each chunk's checksum is verified on the way.
/// </summary>
internal sealed class StreamVerifier(DendriteConnection connection)
{
    /// <summary>The first difference in words; empty when there is none.</summary>
    /// <param name="stream">Which, and what it must hold.</param>
    /// <param name="end">How many samples of each channel it must hold.</param>
    public async Task<string> FindDifferenceAsync(SimulatedStream stream, long end, CancellationToken cancellationToken)
    {
        var groups = stream.Device.Descriptor.Channels.Select(channel => channel.ChannelGroup).Distinct().Order();
        foreach (var group in groups)
        {
            if (await FindDifferenceAsync(stream, group, end, cancellationToken) is { Length: > 0 } difference)
            {
                return $"{stream.Id}: {difference}";
            }
        }

        return "";
    }

    private async Task<string> FindDifferenceAsync(
        SimulatedStream stream,
        int group,
        long end,
        CancellationToken cancellationToken
    )
    {
        var channels = stream.Device.Descriptor.Channels.Where(channel => channel.ChannelGroup == group).ToArray();
        var request = new ReadSamplesRequest { Stream = stream.Stream };
        request.Channels.AddRange(channels.Select(channel => channel.Label));
        var pieces = stream.Device.ReadAsync(0, cancellationToken);
        await using var expected = new ExpectedSamples(pieces, group, channels.Length, cancellationToken);
        var next = 0L;
        await foreach (var response in connection.ReadSamplesAsync(request, cancellationToken))
        {
            if (RangeOf(response) is not { } range)
            {
                continue;
            }

            if (range.First != next)
            {
                return $"sample {next} is followed by {range.First}";
            }

            next = range.End;
            if (await expected.FindDifferenceAsync(range.First, range.End, response.Chunk?.Data) is { } difference)
            {
                return difference;
            }
        }

        return next == end ? "" : $"{next} of {end} samples came back";
    }

    private static (long First, long End)? RangeOf(ReadSamplesResponse response) =>
        response.MessageCase switch
        {
            ReadSamplesResponse.MessageOneofCase.Chunk => (
                response.Chunk.FirstSample,
                response.Chunk.FirstSample + response.Chunk.SampleCount
            ),
            ReadSamplesResponse.MessageOneofCase.Gap => (response.Gap.Range.StartSample, response.Gap.Range.EndSample),
            _ => null,
        };
}
