using System.Text.Json.Nodes;
using Dendrite.Cli.Import;
using Dendrite.Signals.Formats;
using Dendrite.Signals.Formats.Edf;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Export;

/// <summary>Turns descriptors back into what a file said.</summary>
internal static class StoredDescription
{
    /// <summary>Keys under which imports of EDF and BDF files keep what the descriptor has no place for.</summary>
    private static readonly string[] Families = ["edf", "bdf"];

    /// <summary>
    /// The instant from which the recording's seconds count, and what an import kept of its file; nothing where the
    /// streams are not all of one file.
    /// </summary>
    public static (Timestamp Began, JsonObject Metadata, string Key) Begin(IReadOnlyList<SelectedStream> selected)
    {
        var first = selected[0].Stream;
        var whole = StoredTime.Floor(selected.Select(stream => stream.Stream.StartTime).Min()!);
        string source = first.Labels.GetValueOrDefault(ImportPlan.SourceLabel, "");
        bool oneFile = selected.All(stream =>
            stream.Stream.Labels.GetValueOrDefault(ImportPlan.SourceLabel, "") == source
        );
        string key = Families.FirstOrDefault(family => first.Metadata?.Fields.ContainsKey(family) == true, "");
        if (source.Length == 0 || !oneFile || key.Length == 0)
        {
            return (whole, [], "");
        }
        var metadata = JsonNode.Parse(first.Metadata!.Fields[key].ToString()) as JsonObject ?? [];
        decimal onset = EdfFormat.FirstOnset(metadata);
        return (first.StartTime - ExactTime.Seconds(onset), metadata, key);
    }

    public static RecordedChannel Channel(SignalChannel channel) =>
        new(channel.Label, (Signals.Blocks.SampleType)(int)channel.SampleType)
        {
            Unit = channel.Unit,
            Scale = channel.HasScale ? channel.Scale : 1,
            Offset = channel.Offset,
            Range = channel
                is {
                    HasDigitalMinimum: true,
                    HasDigitalMaximum: true,
                    HasPhysicalMinimum: true,
                    HasPhysicalMaximum: true
                }
                ? new(channel.PhysicalMinimum, channel.PhysicalMaximum, channel.DigitalMinimum, channel.DigitalMaximum)
                : null,
            Transducer = channel.Transducer,
            Prefilter = channel.Prefilter,
            Group = channel.ChannelGroup,
        };
}
