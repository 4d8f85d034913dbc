using System.Text.Json.Nodes;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Tests.Records;

/// <summary>Exports of a diff, byte for byte: what other programs read must not change with a release.</summary>
public sealed class DiffExportTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    /// <summary>Besides there are a text that is empty, one that looks like null, and letters of elsewhere.</summary>
    private const string Awkward = "a, \"b\"\r\nc";

    [Fact]
    public async Task CSV_quotes_what_needs_it_and_tells_nothing_from_an_empty_text()
    {
        var (records, versions) = await StartAsync("csv");

        var csv = await BranchDocument.ExportAsync(lab, records.Between("a", "b"), DiffFormat.Csv);

        Assert.Equal(
            Fill(
                "dataset,record,side,column,from,to,from_version,to_version\r\n"
                    + "subject,s1,CHANGED,age,40,-41,{a},{b}\r\n"
                    + "subject,s1,CHANGED,arm,x,\"a, \"\"b\"\"\r\nc\",{a},{b}\r\n"
                    + "subject,s2,ONLY_FROM,id,s2,,{a},{d}\r\n"
                    + "subject,s2,ONLY_FROM,age,,,{a},{d}\r\n"
                    + "subject,s2,ONLY_FROM,arm,\"\",,{a},{d}\r\n"
                    + "subject,s3,ü,ONLY_TO,id,,\"s3,ü\",0,{b}\r\n"
                    + "subject,s3,ü,ONLY_TO,age,,,0,{b}\r\n"
                    + "subject,s3,ü,ONLY_TO,arm,,null,0,{b}\r\n",
                versions
            ),
            Decoded(csv)
        );
    }

    [Fact]
    public async Task JSON_Lines_hold_a_record_a_line_and_tell_null_from_nothing()
    {
        var (records, versions) = await StartAsync("jsonl");

        var lines = await BranchDocument.ExportAsync(lab, records.Between("a", "b"), DiffFormat.JsonLines);

        Assert.Equal(
            Fill(
                """{"dataset":"subject","record":"s1","side":"CHANGED","fromVersion":{a},"toVersion":{b}"""
                    + ""","cells":{"age":{"from":40,"to":-41},"arm":{"from":"x","to":"a, \"b\"\r\nc"}}}"""
                    + "\n"
                    + """{"dataset":"subject","record":"s2","side":"ONLY_FROM","fromVersion":{a},"toVersion":{d}"""
                    + ""","cells":{"id":{"from":"s2"},"age":{"from":null},"arm":{"from":""}}}"""
                    + "\n"
                    + """{"dataset":"subject","record":"s3,ü","side":"ONLY_TO","fromVersion":0,"toVersion":{b}"""
                    + ""","cells":{"id":{"to":"s3,ü"},"age":{"to":null},"arm":{"to":"null"}}}"""
                    + "\n",
                versions
            ),
            Decoded(lines)
        );
        Assert.All(
            lines.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.IsType<JsonObject>(JsonNode.Parse(line))
        );
    }

    [Fact]
    public async Task Unified_text_has_no_line_that_a_value_broke()
    {
        var (records, versions) = await StartAsync("unified");
        await records.ChangeAsync(
            "b",
            new SchemaChange
            {
                RenameColumn = new() { From = "arm", To = "cohort" },
            }
        );
        var head = (await lab.Branches.GetBranchAsync(new() { Name = records.Branch("b") }, lab.Key))
            .Branch
            .HeadVersion;

        var text = await BranchDocument.ExportAsync(lab, records.Between("a", "b"), DiffFormat.Unified);

        Assert.Equal(
            Fill(
                """
                --- projects/lab/branches/unified-a@{a}
                +++ projects/lab/branches/unified-b@{head}
                @@ subject columns @@
                -arm text
                +cohort text
                @@ subject s1 @@
                -age: 40
                +age: -41
                -cohort: "x"
                +cohort: "a, \"b\"\r\nc"
                @@ subject s2 @@
                -id: "s2"
                -age: null
                -arm: ""
                @@ subject s3,ü @@
                +id: "s3,ü"
                +age: null
                +cohort: "null"

                """.ReplaceLineEndings("\n"),
                versions with
                {
                    Head = head,
                }
            ),
            Decoded(text)
        );
    }

    [Theory]
    [InlineData(DiffFormat.Csv, "dataset,record,side,column,from,to,from_version,to_version\r\n")]
    [InlineData(DiffFormat.JsonLines, "")]
    public async Task Nothing_differs_in_a_document_without_lines(DiffFormat format, string expected)
    {
        var records = new RecordBench(lab, $"same-{format.ToString().ToLowerInvariant()}");
        await records.StartAsync(("s1", 40, "x"));

        Assert.Equal(expected, await BranchDocument.ExportAsync(lab, records.Between("a", "b"), format));
    }

    [Fact]
    public async Task Documents_of_many_pages_hold_every_record_once_in_order()
    {
        var records = new RecordBench(lab, "many");
        await records.StartAsync(("s0", 1, "x"));
        string[] ids = [.. Enumerable.Range(0, 3_000).Select(i => $"r{i:0000}")];
        foreach (var page in ids.Chunk(1_000))
        {
            await records.PutAsync("b", [.. page.Select(id => (id, (int?)7, (string?)"y"))]);
        }

        var lines = await BranchDocument.ExportAsync(lab, records.Between("a", "b"), DiffFormat.JsonLines);
        var csv = await BranchDocument.ExportAsync(lab, records.Between("a", "b"), DiffFormat.Csv);

        Assert.Equal(
            ids,
            lines
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => (string?)JsonNode.Parse(line)!["record"])
        );
        Assert.Equal(1 + (3 * ids.Length), csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task A_patch_tests_whatever_it_changes_or_removes_also_columns_and_whole_datasets()
    {
        var records = new RecordBench(lab, "tested");
        await records.ForkAsync("a");
        await records.CreateDatasetAsync("a");
        await records.CreateDatasetAsync("a", "visit");
        await records.PutAsync("a", ("s1", 40, "x"));
        await records.PutAsync("a", "visit", ("v1", 1, "x"), ("v2", 2, "x"));
        await records.ForkAsync("b", "a");
        await records.ForkAsync("other", "a");
        await records.ChangeAsync(
            "b",
            new SchemaChange
            {
                RenameColumn = new() { From = "id", To = "sid" },
            }
        );
        await records.DeleteDatasetAsync("b", "visit");
        await records.PutAsync("other", "visit", ("v3", 3, "x"));

        var text = await BranchDocument.ExportAsync(lab, records.Between("a", "b"), DiffFormat.JsonPatch);
        var patch = JsonNode.Parse(text)!.AsArray();

        var tested = new HashSet<string>();
        foreach (var (op, path) in patch.Select(one => (one!["op"]!.GetValue<string>(), $"{one["path"]}")))
        {
            Assert.True(op is "add" || !tested.Add(path) || op is "test" || path == "/visit", $"{op} {path}");
        }

        Assert.Superset(new HashSet<string> { "/visit/key", "/visit/columns", "/visit/records" }, tested);
        var from = await BranchDocument.ReadAsync(lab, records.Branch("a"));
        BranchDocument.Apply(from, patch);
        Assert.True(JsonNode.DeepEquals(from, await BranchDocument.ReadAsync(lab, records.Branch("b"))));
        var other = await BranchDocument.ReadAsync(lab, records.Branch("other"));
        var misfit = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => BranchDocument.Apply(other, patch));
        Assert.Contains("/visit/records", misfit.Message, StringComparison.Ordinal);
    }

    /// <summary>Side a: s1 and s2. Side b: s1 changed, s2 gone, s3 new; in three commits.</summary>
    private async Task<(RecordBench Records, Versions Versions)> StartAsync(string word)
    {
        var records = new RecordBench(lab, word);
        await records.ForkAsync("a");
        await records.CreateDatasetAsync("a");
        var before = await records.PutAsync("a", ("s1", 40, "x"), ("s2", null, ""));
        await records.ForkAsync("b", "a");
        var changed = await records.PutAsync("b", ("s1", -41, Awkward), ("s3,ü", null, "null"));
        var deleted = await records.DeleteAsync("b", "s2");
        return (records, new(before, changed, deleted, deleted));
    }

    /// <summary>Ids of records keep what is no letter in percent signs.</summary>
    private static string Decoded(string text) => Uri.UnescapeDataString(text);

    private static string Fill(string text, Versions versions) =>
        text.Replace("{a}", $"{versions.Before}")
            .Replace("{b}", $"{versions.Changed}")
            .Replace("{d}", $"{versions.Deleted}")
            .Replace("{head}", $"{versions.Head}");

    private sealed record Versions(long Before, long Changed, long Deleted, long Head);
}
