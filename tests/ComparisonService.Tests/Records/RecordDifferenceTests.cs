using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Tests.Records;

public sealed class RecordDifferenceTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    [Fact]
    public async Task Records_added_removed_and_changed_are_told_with_their_cells_and_counted()
    {
        var bench = new RecordBench(lab, "cells");
        await bench.StartAsync(("s1", 40, "placebo"), ("s2", 50, "active"), ("s3", 60, null));
        await bench.PutAsync("b", ("s1", 41, "placebo"), ("s4", 20, null));
        await bench.DeleteAsync("b", "s3");

        var shown = (await bench.ListAsync(bench.Between("a", "b"))).Select(RecordBench.Show);
        var dataset = Assert.Single((await bench.DiffAsync(bench.Between("a", "b"))).Datasets);

        Assert.Equal(
            [
                "~ s1, age 40 to 41",
                "- s3, id s3 to nothing, age 60 to nothing, arm null to nothing",
                "+ s4, id nothing to s4, age nothing to 20, arm nothing to null",
            ],
            shown
        );
        Assert.Equal((DiffSide.Changed, 1L, 1L, 1L), Figures(dataset));
    }

    [Fact]
    public async Task The_other_way_round_everything_is_told_the_other_way_round()
    {
        var bench = new RecordBench(lab, "mirror");
        await bench.StartAsync(("s1", 40, null), ("s2", 50, null));
        await bench.PutAsync("b", ("s1", 41, null), ("s4", 20, null));
        await bench.DeleteAsync("a", "s2");

        var there = (await bench.ListAsync(bench.Between("a", "b"))).Select(change => (change.RecordId, change.Side));
        var back = (await bench.ListAsync(bench.Between("b", "a"))).Select(change => (change.RecordId, change.Side));

        Assert.Equal([("s1", DiffSide.Changed), ("s2", DiffSide.OnlyTo), ("s4", DiffSide.OnlyTo)], there);
        Assert.Equal([("s1", DiffSide.Changed), ("s2", DiffSide.OnlyFrom), ("s4", DiffSide.OnlyFrom)], back);
    }

    [Fact]
    public async Task Records_that_are_too_much_for_one_message_come_in_several()
    {
        var bench = new RecordBench(lab, "large");
        await bench.StartAsync(("s1", 1, new('x', 450_000)), ("s2", 2, new('ß', 1_000_000)));
        await bench.PutAsync("b", ("s1", 1, new('y', 450_000)), ("s2", 2, new('ü', 900_000)));

        var listed = await bench.ListAsync(bench.Between("a", "b"));
        var streamed = await bench.StreamAsync(bench.Between("a", "b"));

        Assert.Equal(["s1", "s2"], listed.Select(change => change.RecordId));
        Assert.Equal(listed, streamed);
    }

    [Fact]
    public async Task Datasets_that_are_too_much_for_one_message_come_in_several_pages()
    {
        var bench = new RecordBench(lab, "wide");
        await bench.ForkAsync("a");
        await bench.ForkAsync("b");
        Column[] columns =
        [
            new()
            {
                Column_ = "id",
                Type = ColumnType.Text,
                Required = true,
            },
            .. Enumerable
                .Range(0, 800)
                .Select(i => new Column
                {
                    Column_ = $"c{i}",
                    Type = ColumnType.Text,
                    Description = new('x', 3_000),
                }),
        ];
        await bench.CreateDatasetAsync("b", "one", columns);
        await bench.CreateDatasetAsync("b", "two", columns);
        var request = new DiffBranchesRequest { Project = "projects/lab", Comparand = bench.Between("a", "b") };

        var first = await lab.Comparison.DiffBranchesAsync(request, lab.Key);
        request.PageToken = first.NextPageToken;
        var second = await lab.Comparison.DiffBranchesAsync(request, lab.Key);

        Assert.Equal(
            ("one", "two"),
            (Assert.Single(first.Datasets).DatasetId, Assert.Single(second.Datasets).DatasetId)
        );
        Assert.Equal((2, ""), (first.Counts.DatasetsOnlyTo, second.NextPageToken));
    }

    [Fact]
    public async Task A_value_written_again_or_written_back_is_no_difference()
    {
        var bench = new RecordBench(lab, "again");
        await bench.StartAsync(("s1", 40, null), ("s2", 50, null));
        await bench.PutAsync("b", ("s1", 41, null), ("s2", 50, null));
        await bench.PutAsync("b", ("s1", 40, null));

        Assert.Empty(await bench.ListAsync(bench.Between("a", "b")));
        var diff = await bench.DiffAsync(bench.Between("a", "b"));
        Assert.Empty(diff.Datasets);
        Assert.Equal(0, diff.Counts.DatasetsChanged);
    }

    [Fact]
    public async Task The_versions_that_wrote_or_deleted_a_record_are_told()
    {
        var bench = new RecordBench(lab, "versions");
        await bench.StartAsync();
        var first = await bench.PutAsync("a", ("s1", 1, null), ("s2", 2, null));
        await bench.ForkAsync("c", "a");
        var second = await bench.PutAsync("c", ("s1", 10, null), ("s3", 3, null));
        var third = await bench.DeleteAsync("c", "s2");

        var told = await bench.ListAsync(bench.Between("a", "c"));

        Assert.Equal(
            [(first, second), (first, third), (0L, second)],
            told.Select(change => (change.FromVersion, change.ToVersion))
        );
    }

    [Fact]
    public async Task A_dataset_that_only_one_side_has_differs_by_all_its_records()
    {
        var bench = new RecordBench(lab, "onesided");
        await bench.StartAsync(("s1", 40, null), ("s2", 50, null));
        await bench.DeleteDatasetAsync("b");

        var diff = await bench.DiffAsync(bench.Between("a", "b"));
        var dataset = Assert.Single(diff.Datasets);
        var shown = (await bench.ListAsync(bench.Between("b", "a"))).Select(change => (change.RecordId, change.Side));

        Assert.Equal((DiffSide.OnlyFrom, 2L, 0L, 0L), Figures(dataset));
        Assert.Equal(["id", "age", "arm"], dataset.ColumnsOnlyFrom.Select(column => column.Column_));
        Assert.Equal((1, 2), (diff.Counts.DatasetsOnlyFrom, diff.Counts.RecordsOnlyFrom));
        Assert.Equal([("s1", DiffSide.OnlyTo), ("s2", DiffSide.OnlyTo)], shown);
    }

    [Fact]
    public async Task Datasets_that_each_side_made_under_one_name_are_compared_by_key_and_column_names()
    {
        var bench = new RecordBench(lab, "twins");
        await bench.ForkAsync("a");
        await bench.ForkAsync("b");
        await bench.CreateDatasetAsync("a");
        await bench.CreateDatasetAsync("b");
        await bench.PutAsync("a", ("s1", 1, "x"), ("s2", 2, "x"));
        await bench.PutAsync("b", ("s2", 3, "x"), ("s1", 1, "x"));

        Assert.Equal(["~ s2, age 2 to 3"], (await bench.ListAsync(bench.Between("a", "b"))).Select(RecordBench.Show));
    }

    [Fact]
    public async Task What_became_of_columns_is_told_once_and_not_for_every_record()
    {
        var bench = new RecordBench(lab, "columns");
        await bench.StartAsync(("s1", 40, "x"), ("s2", 50, "y"));
        await bench.ChangeAsync(
            "b",
            new()
            {
                RenameColumn = new() { From = "arm", To = "cohort" },
            },
            new()
            {
                AlterColumn = new() { Column_ = "age", Type = ColumnType.Decimal },
            },
            new()
            {
                AddColumn = new()
                {
                    Column_ = "site",
                    Type = ColumnType.Text,
                    DefaultValue = Value.ForString("berlin"),
                },
            }
        );
        await bench.PutAsync(
            "b",
            new Dictionary<string, Value>
            {
                ["id"] = Value.ForString("s2"),
                ["age"] = Value.ForString("50.0"),
                ["cohort"] = Value.ForString("z"),
                ["site"] = Value.ForString("paris"),
            }
        );

        var dataset = Assert.Single((await bench.DiffAsync(bench.Between("a", "b"))).Datasets);
        var there = (await bench.ListAsync(bench.Between("a", "b"))).Select(RecordBench.Show);
        var back = (await bench.ListAsync(bench.Between("b", "a"))).Select(RecordBench.Show);

        Assert.Equal(["site"], dataset.ColumnsOnlyTo.Select(column => column.Column_));
        Assert.Equal(
            [("age", "age"), ("arm", "cohort")],
            dataset.ColumnsChanged.Select(change => (change.From.Column_, change.To.Column_))
        );
        Assert.Equal(["~ s2, cohort y to z, site nothing to paris"], there);
        Assert.Equal(["~ s2, arm z to y, site paris to nothing"], back);
    }

    [Fact]
    public async Task A_dropped_column_is_no_difference_of_records_either_way()
    {
        var bench = new RecordBench(lab, "dropped");
        await bench.StartAsync(("s1", 40, "x"), ("s2", 50, "y"));
        await bench.ChangeAsync("b", new SchemaChange { DropColumn = "arm" });
        await bench.PutAsync(
            "b",
            new Dictionary<string, Value> { ["id"] = Value.ForString("s1"), ["age"] = Value.ForNumber(41) }
        );

        Assert.Equal(["~ s1, age 40 to 41"], (await bench.ListAsync(bench.Between("a", "b"))).Select(RecordBench.Show));
        Assert.Equal(["~ s1, age 41 to 40"], (await bench.ListAsync(bench.Between("b", "a"))).Select(RecordBench.Show));
    }

    [Fact]
    public async Task Since_the_merge_base_only_what_the_new_side_wrote_counts()
    {
        var bench = new RecordBench(lab, "base");
        await bench.StartAsync(("s1", 40, null), ("s2", 50, null));
        await bench.PutAsync("a", ("s1", 41, null));
        await bench.PutAsync("b", ("s2", 51, null));
        var comparand = bench.Between("a", "b");
        comparand.Mode = DiffMode.FromMergeBase;

        Assert.Equal(["~ s2, age 50 to 51"], (await bench.ListAsync(comparand)).Select(RecordBench.Show));
    }

    [Fact]
    public async Task What_was_merged_is_no_difference_any_more()
    {
        var bench = new RecordBench(lab, "merged");
        await bench.StartAsync(("s1", 40, null), ("s2", 50, null));
        await bench.PutAsync("a", ("s1", 41, null));
        await bench.PutAsync("b", ("s2", 51, null));
        await bench.MergeAsync("b", "a");

        Assert.Equal(["~ s1, age 41 to 40"], (await bench.ListAsync(bench.Between("a", "b"))).Select(RecordBench.Show));
    }

    [Fact]
    public async Task Pages_of_any_size_and_the_stream_hold_every_difference_once_in_one_order()
    {
        var bench = new RecordBench(lab, "paged");
        await bench.StartAsync(("s1", 1, null));
        await bench.PutAsync("b", [.. Enumerable.Range(0, 23).Select(i => ($"k{i:00}", (int?)i, (string?)null))]);
        await bench.ForkAsync("c", "b");
        await bench.DeleteDatasetAsync("c");
        foreach (var comparand in new[] { bench.Between("a", "b"), bench.Between("b", "c") })
        {
            var whole = await bench.ListAsync(comparand);

            Assert.True(whole.Count >= 23);
            Assert.Equal(whole, await bench.ListAsync(comparand, pageSize: 5));
            Assert.Equal(whole, await bench.StreamAsync(comparand));
            Assert.Equal(whole.OrderBy(change => change.RecordId, StringComparer.Ordinal), whole);
        }
    }

    [Theory]
    [InlineData("filter-added", "side = ONLY_TO", "s4")]
    [InlineData("filter-not-added", "NOT side = ONLY_TO", "s1 s2 s3")]
    [InlineData("filter-keys", "key = s1 OR key = s4", "s1 s4")]
    [InlineData("filter-old", "key = s* AND age > 45", "s2 s3")]
    [InlineData("filter-young", "age < 30", "s4")]
    [InlineData("filter-null", "arm = null", "s1 s4")]
    public async Task Records_are_asked_for_by_side_key_and_columns(string word, string filter, string expected)
    {
        var bench = new RecordBench(lab, word);
        await bench.StartAsync(("s1", 40, null), ("s2", 50, "x"), ("s3", 60, "x"));
        await bench.PutAsync("b", ("s1", 41, null), ("s2", 51, "x"), ("s4", 20, null));
        await bench.DeleteAsync("b", "s3");

        var found = await bench.ListAsync(bench.Between("a", "b"), filter, pageSize: 1);

        Assert.Equal(expected, string.Join(' ', found.Select(change => change.RecordId)));
    }

    [Fact]
    public async Task Datasets_and_streams_are_asked_for_by_id_and_side()
    {
        var bench = new RecordBench(lab, "items");
        await bench.StartAsync(("s1", 1, null));
        await bench.PutAsync("b", ("s1", 2, null));
        await bench.CreateDatasetAsync("b", "visit");
        await lab.Recorder.RecordAsync("items-b", "eeg", [1]);
        var comparand = bench.Between("a", "b");

        Assert.Equal("eeg subject visit", Names(await bench.DiffAsync(comparand)));
        Assert.Equal("subject", Names(await bench.DiffAsync(comparand, "side = CHANGED")));
        Assert.Equal("visit", Names(await bench.DiffAsync(comparand, "dataset_id = vis*")));
        Assert.Equal("eeg", Names(await bench.DiffAsync(comparand, "stream_id = eeg")));
        Assert.Equal(
            (1, 1, 1),
            (await bench.DiffAsync(comparand, "stream_id = none")) switch
            {
                var none => (none.Counts.StreamsOnlyTo, none.Counts.DatasetsOnlyTo, none.Counts.DatasetsChanged),
            }
        );
    }

    private static string Names(DiffBranchesResponse diff) =>
        string.Join(
            ' ',
            diff.Streams.Select(stream => stream.StreamId).Concat(diff.Datasets.Select(dataset => dataset.DatasetId))
        );

    private static (DiffSide Side, long OnlyFrom, long OnlyTo, long Changed) Figures(DatasetDifference dataset) =>
        (dataset.Side, dataset.RecordsOnlyFrom, dataset.RecordsOnlyTo, dataset.RecordsChanged);
}
