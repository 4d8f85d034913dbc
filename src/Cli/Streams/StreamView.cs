using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.Cli.Streams;

/// <summary>How streams look, in text and in JSON.</summary>
internal static class StreamView
{
    public static void WriteList(CliOutput output, ListStreamsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }
        var table = new TextTable("STREAM", "STATE", "CHANNELS", "RATE", "SAMPLES", "STORED", "START");
        foreach (var stream in list.Streams)
        {
            table.Add(
                Shown.Id(stream.Name),
                stream.State.ToString().ToLowerInvariant(),
                $"{stream.Channels.Count}",
                Rate(stream.NominalRate),
                Figures.Count(stream.EndSample),
                Figures.Bytes(stream.StoredBytes),
                Shown.Time(stream.StartTime)
            );
        }
        table.WriteTo(output);
    }

    public static void WriteOne(CliOutput output, SignalStream stream)
    {
        if (output.IsJson)
        {
            output.WriteMessage(stream);
            return;
        }
        output.WriteLine($"name     {stream.Name}");
        WriteWhereSet(output, "title    ", stream.DisplayName);
        output.WriteLine($"state    {stream.State.ToString().ToLowerInvariant()}");
        output.WriteLine($"rate     {Rate(stream.NominalRate)}");
        output.WriteLine($"samples  {Figures.Count(stream.EndSample)} a channel");
        WriteWhereSet(
            output,
            "missing  ",
            stream.MissingSampleCount == 0 ? "" : $"{Figures.Count(stream.MissingSampleCount)} a channel"
        );
        output.WriteLine($"stored   {Figures.Bytes(stream.StoredBytes)}");
        WriteWhereSet(output, "labels   ", Shown.Pairs(stream.Labels));
        output.WriteLine($"etag     {stream.Etag}");
        output.WriteLine("");
        var table = new TextTable("CHANNEL", "UNIT", "TYPE", "SCALE", "OFFSET");
        foreach (var channel in stream.Channels)
        {
            table.Add(
                channel.Label,
                channel.Unit,
                channel.SampleType.ToString().ToLowerInvariant(),
                $"{(channel.HasScale ? channel.Scale : 1)}",
                $"{channel.Offset}"
            );
        }
        table.WriteTo(output);
    }

    /// <summary>A change that leaves nothing to show.</summary>
    /// <param name="version">The version that made it; 0 where nothing was changed.</param>
    public static void WriteDone(CliOutput output, IMessage response, string said, long version)
    {
        if (output.IsJson)
        {
            output.WriteMessage(response);
            return;
        }
        output.WriteLine(version == 0 ? said : $"{said} Version {version}.");
    }

    private static void WriteWhereSet(CliOutput output, string head, string text)
    {
        if (text.Length > 0)
        {
            output.WriteLine(head + text);
        }
    }

    private static string Rate(SampleRate? rate) =>
        rate is null or { Samples: 0 } ? "irregular" : $"{(decimal)rate.Samples / rate.Seconds:0.######} Hz";
}
