using System.Text;
using Dendrite.Reports.Document;
using Dendrite.Reports.Html;
using Dendrite.Reports.Markdown;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Reports.Tests;

/// <summary>Nothing is left out of a report in silence, and nothing is said to be absent that is there.</summary>
public sealed class CompletenessTests
{
    [Fact]
    public void Since_the_merge_base_its_digest_is_not_shown_as_that_of_the_old_side()
    {
        var document = SampleDocuments.Ordinary() with { Mode = DiffMode.FromMergeBase };

        var text = TextOf(document);

        var digest = Convert.ToHexStringLower(document.Comparand.FromDigest.Span);
        Assert.Contains($"digest {digest}", text);
        Assert.DoesNotContain($"| {digest} |", text);
        Assert.Contains("Streams, channels, datasets and records are compared with the merge base", text);
    }

    [Fact]
    public void Sides_with_two_units_are_drawn_apart_and_neither_is_said_to_have_nothing()
    {
        var text = TextOf(SampleDocuments.TwoUnits());

        Assert.DoesNotContain("has no samples", text);
        Assert.DoesNotContain("has none", text);
        Assert.DoesNotContain("nothing on the new side", text);
        Assert.Contains("to is drawn apart (mV)", text);
        Assert.Contains("from is drawn apart (uV)", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("C3: the units of its band powers differ, uV² on the old side and mV² on the new one", text);
    }

    [Fact]
    public void A_figure_of_a_channel_stands_beside_the_unit_of_its_side()
    {
        var lines = TextOf(SampleDocuments.TwoUnits()).Split('\n');

        Assert.Equal(["uV", "mV"], UnitsBelow("| Channel | Side | Unit | Mean |"));
        Assert.Equal(["uV²", "mV²"], UnitsBelow("| Channel | Side | Unit | delta |"));

        IEnumerable<string> UnitsBelow(string head) =>
            lines
                .SkipWhile(line => !line.StartsWith(head, StringComparison.Ordinal))
                .Skip(2)
                .Take(2)
                .Select(line => line.Split('|')[3].Trim());
    }

    [Fact]
    public void A_record_that_is_cut_is_said_to_be_cut()
    {
        var document = SampleDocuments.Plain("Wide records") with
        {
            Counts = new() { RecordsChanged = 84 },
            Records = [.. Enumerable.Range(0, 84).Select(i => WideRecord(i, 6))],
        };

        var text = TextOf(document);

        Assert.Contains("Of the last record 2 of 6 cells are listed.", text);
        Assert.DoesNotContain("of 84 records", text);
    }

    [Fact]
    public void A_dataset_of_which_only_its_constraints_changed_says_so()
    {
        var dataset = new DatasetDifference { DatasetId = "visits", Side = DiffSide.Changed };
        dataset.ChangedFields.AddRange(["constraints", "labels"]);
        var document = SampleDocuments.Plain("Rules") with
        {
            Counts = new() { DatasetsChanged = 1 },
            Datasets = [dataset],
        };

        Assert.Contains("| visits | ± differs | 0 | 0 | 0 | fields changed: constraints, labels |", TextOf(document));
    }

    [Fact]
    public void Features_without_a_map_are_told()
    {
        var labels = Enumerable.Range(0, ReportLimits.TabledChannels + 1).Select(i => $"AP{i}").ToArray();
        var document = SampleDocuments.WithChannels(labels);
        foreach (var channel in document.Comparison.Channels)
        {
            channel.Tests.Add(Enumerable.Range(0, 14).Select(i => SampleChannels.Test($"feature_{i:00}", 0.1)));
        }

        Assert.Contains("Maps are drawn of the first 12 of 20 features", TextOf(document));
    }

    [Theory]
    [InlineData("ä")]
    [InlineData("語")]
    [InlineData("\"")]
    public void A_page_of_long_names_stays_below_its_size_and_says_what_it_leaves_out(string letter)
    {
        var name = string.Concat(Enumerable.Repeat(letter, 80));
        var document = SampleDocuments.WithChannels([
            .. Enumerable.Range(0, 1024).Select(i => $"{i:0000}{name}"[..80]),
        ]);
        foreach (var channel in document.Comparison.Channels)
        {
            channel.Remark = $"{channel.Pair.FromChannel}{name}{name}{name}";
            channel.Tests.Add(Enumerable.Range(0, 15).Select(i => SampleChannels.Test($"feature_{i:00}", 1.4)));
        }

        document = document with
        {
            Counts = new() { StreamsChanged = 200, RecordsChanged = 1000 },
            Streams = [.. Enumerable.Range(0, 200).Select(i => ManyChannels(i, name))],
            Records = [.. Enumerable.Range(0, 1000).Select(i => WideRecord(i, 6, name))],
        };

        var page = HtmlReport.Write(document);

        Assert.InRange(page.Length, 1_000, ReportLimits.MaxHtmlBytes);
        Assert.Contains("of 200 rows are shown", Encoding.UTF8.GetString(page));
    }

    private static string TextOf(ReportDocument document) =>
        Encoding.UTF8.GetString(MarkdownReport.Write(document)).Replace("\\", "", StringComparison.Ordinal);

    private static RecordDifference WideRecord(int number, int cells, string text = "x") =>
        new()
        {
            DatasetId = "visits",
            RecordId = $"subject-{number:0000}",
            Side = DiffSide.Changed,
            Cells =
            {
                Enumerable
                    .Range(0, cells)
                    .Select(i => new CellDifference
                    {
                        Column = $"c{i}",
                        From = Value.ForString(text),
                        To = Value.ForString(text + "y"),
                    }),
            },
        };

    private static StreamDifference ManyChannels(int number, string name)
    {
        var stream = SampleChannels.ChangedStream();
        stream.StreamId = $"eeg-{number}";
        string[] labels = [.. Enumerable.Range(0, 8).Select(_ => name)];
        stream.ChannelsOnlyFrom.Add(labels);
        stream.ChannelsOnlyTo.Add(labels);
        stream.ChannelsChanged.Add(labels);
        return stream;
    }
}
