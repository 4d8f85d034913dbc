using Dendrite.Cli.Hosting;
using Dendrite.Contracts.Names;
using Dendrite.V1;

namespace Dendrite.Cli.Comparing;

/// <summary>A pair of channels as people write it: <c>night1/EEG C3=night2/EEG C4</c>.</summary>
internal static class GivenPair
{
    /// <summary>
    /// Labels are a device's own words and may hold <c>=</c> and <c>/</c>; ids of streams hold neither, so what follows
    /// the right <c>=</c> begins with such an id and a <c>/</c>.
    /// </summary>
    /// <exception cref="CliException">It is no pair, or could be read in two ways.</exception>
    public static ChannelPair Parse(string text)
    {
        var readings = Enumerable
            .Range(0, text.Length)
            .Where(i => text[i] == '=')
            .Select(i => (From: ReadSide(text[..i]), To: ReadSide(text[(i + 1)..])))
            .Where(sides => sides is { From: not null, To: not null })
            .ToList();
        if (readings is not [{ From: { } from, To: { } to }])
        {
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                readings.Count == 0
                    ? $"--pair '{text}' is not STREAM/CHANNEL=STREAM/CHANNEL, such as night1/C3=night2/C4."
                    : $"--pair '{text}' can be read in {readings.Count} ways; compare by --channels or --by-location."
            );
        }

        return new()
        {
            FromStreamId = from.Stream,
            FromChannel = from.Channel,
            ToStreamId = to.Stream,
            ToChannel = to.Channel,
        };
    }

    private static ChannelOfStream? ReadSide(string text) =>
        text.Split('/', 2) is [var stream, { Length: > 0 } channel] && ResourceId.IsValid(stream)
            ? new(stream, channel)
            : null;

    private sealed record ChannelOfStream(string Stream, string Channel);
}
