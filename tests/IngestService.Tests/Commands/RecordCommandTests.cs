using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;
using Dendrite.IngestService.Tests.Records;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Commands;

/// <summary>Datasets and records by the command line, against the real service.</summary>
public sealed class RecordCommandTests(IngestFixture fixture) : IClassFixture<IngestFixture>, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-records-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task An_upsert_says_how_many_are_new_changed_and_the_same()
    {
        var lab = await LabAsync();
        var file = Write("subjects.csv", "id,age,sex\nS1,40,F\nS2,50,M\n");

        var first = await SayAsync(lab, $"record upsert subjects {file} --message visits");
        Assert.Contains("2 new, 0 changed, 0 the same; version ", first);
        Assert.Contains(
            "0 new, 0 changed, 2 the same; nothing to write",
            await SayAsync(lab, $"record upsert subjects {file}")
        );

        Write("subjects.csv", "id,age,sex\nS2,51,M\nS3,NA,F\n");
        var second = await SayAsync(lab, $"record upsert subjects {file} --null NA --delete-missing");

        Assert.Contains("1 new, 1 changed, 0 the same, 1 deleted; version ", second);
        Assert.Equal(["S2", "S3"], await lab.QueryAsync(Subjects));
        Assert.Equal(51, (await lab.GetAsync(Subjects, "S2")).Values.Fields["age"].NumberValue);
    }

    [Fact]
    public async Task An_upsert_of_many_lines_of_json_is_one_commit_and_machines_read_its_counts()
    {
        var lab = await LabAsync();
        var lines = Enumerable.Range(0, 2_500).Select(i => $$"""{"id": "S{{i}}", "age": {{i % 100}}}""");
        var file = Write("subjects.jsonl", string.Join('\n', lines));
        var commits = await fixture.CountAsync("SELECT count(*) FROM branching.commit");

        var said = JsonDocument.Parse(await SayAsync(lab, $"record upsert subjects {file} --json")).RootElement;

        Assert.Equal("2500", said.GetProperty("newRecords").GetString());
        Assert.Equal("0", said.GetProperty("unchangedRecords").GetString());
        Assert.Equal(commits + 1, await fixture.CountAsync("SELECT count(*) FROM branching.commit"));
        Assert.Equal(2_500, (await lab.QueryAsync(Subjects, "age >= 0")).Count);
    }

    [Theory]
    [InlineData("id,age\nS1,old\n", "line 2, age: 'old'")]
    [InlineData("id,age\nS1,1\nS2,121\n", "line 3, age: '121' is above the maximum 120")]
    [InlineData("id,height\nS1,1\n", "line 1, height: 'height' is no column")]
    [InlineData("age\n1\n", "line 1, id: ")]
    [InlineData("id,age\nS1\n", "line 2")]
    public async Task A_bad_row_is_named_by_its_line_and_nothing_is_written(string text, string problem)
    {
        var lab = await LabAsync();
        var file = Write("subjects.csv", text);
        var before = await fixture.CountAllAsync();

        var run = await RunAsync(lab, $"record upsert subjects {file}");

        Assert.Equal(ExitCode.BadData, run.ExitCode);
        Assert.Contains(problem, run.Error);
        Assert.Contains("nothing was written", run.Error);
        Assert.Empty(run.Output);
        Assert.Equal(before, await fixture.CountAllAsync());
    }

    [Fact]
    public async Task What_only_the_platform_can_see_is_refused_by_it_and_named()
    {
        var lab = await LabAsync();
        await lab.PutAsync(Subjects, Row(("id", "S1"), ("mail", "one@lab")));
        var taken = Write("taken.csv", "id,mail\nS2,one@lab\n");
        var twice = Write("twice.csv", "id\nS2\nS2\n");

        var refused = await RunAsync(lab, $"record upsert subjects {taken}");
        Assert.Equal(ExitCode.Conflict, refused.ExitCode);
        Assert.Contains("is taken by record S1", refused.Error);

        var again = await RunAsync(lab, $"record upsert subjects {twice}");
        Assert.Equal(ExitCode.Usage, again.ExitCode);
        Assert.Contains("bring each record once", again.Error);
        Assert.Equal(["S1"], await lab.QueryAsync(Subjects));
    }

    [Fact]
    public async Task Every_digit_and_every_type_arrives()
    {
        var lab = await LabAsync();
        await lab.PutAsync(Subjects, Row(("id", "S1")));
        var file = Write("visits.csv", "subject,visit,weight,day\nS1,9007199254740993,70.50,2026-03-01\n");
        await RunAsync(lab, $"record upsert visits {file}");
        var jsonl = Write("visits.jsonl", """{"subject":"S1","visit":"9007199254740995","weight":"0.1","day":null}""");

        await SayAsync(lab, $"record upsert visits {jsonl} --json");

        var exported = await lab.ExportAsync(Visits, V1.RecordFormat.Csv);
        Assert.Contains("S1,9007199254740993,70.5,2026-03-01", exported);
        Assert.Contains("S1,9007199254740995,0.1,", exported);
    }

    [Theory]
    [InlineData("record upsert subjects nowhere.csv", nameof(ExitCode.NotFound), "nowhere.csv does not exist")]
    [InlineData("record load subjects nowhere.csv", nameof(ExitCode.NotFound), "nowhere.csv does not exist")]
    [InlineData("record upsert nothing FILE", nameof(ExitCode.NotFound), "datasets/nothing does not exist")]
    [InlineData(
        "record upsert subjects FILE --delimiter ab",
        nameof(ExitCode.Usage),
        "--delimiter takes one character"
    )]
    [InlineData("record upsert subjects FILE --encoding klingon", nameof(ExitCode.Usage), "try utf-8")]
    [InlineData("record upsert subjects", nameof(ExitCode.Usage), "dendrite record upsert --help")]
    [InlineData("record get subjects NOBODY", nameof(ExitCode.NotFound), "query the dataset for those that do")]
    [InlineData("record get subjects a,b", nameof(ExitCode.Usage), "the key has 1 columns")]
    [InlineData("record put subjects {", nameof(ExitCode.Usage), "VALUES is no JSON object")]
    [InlineData("record put subjects {\"id\":\"S1\",\"age\":200}", nameof(ExitCode.Conflict), "above the maximum 120")]
    [InlineData("record put subjects {\"id\":\"S1\",\"size\":2}", nameof(ExitCode.Usage), "records[0].values.size")]
    [InlineData("record patch subjects NOBODY {\"age\":2}", nameof(ExitCode.NotFound), "NOBODY")]
    [InlineData("record delete subjects NOBODY", nameof(ExitCode.NotFound), "NOBODY")]
    [InlineData("record query subjects --filter height=1", nameof(ExitCode.Usage), "selection.filter")]
    [InlineData("record query subjects --order height", nameof(ExitCode.Usage), "order_by")]
    [InlineData("dataset show nothing", nameof(ExitCode.NotFound), "list the branch's datasets")]
    [InlineData("dataset delete subjects", nameof(ExitCode.Conflict), "drop that constraint first")]
    public async Task What_goes_wrong_is_said_with_its_remedy(string command, string exitCode, string says)
    {
        var lab = await LabAsync();
        var file = Write("subjects.csv", "id\nS1\n");
        var run = await CommandRun.OfAsync(
            fixture.Variables,
            [.. command.Replace("FILE", file).Split(' '), "--branch", BranchOf(lab)]
        );

        Assert.Equal((exitCode, ""), ($"{run.ExitCode}", run.Output));
        Assert.Contains(says, run.Error);
    }

    [Fact]
    public async Task A_refusal_is_json_for_machines()
    {
        var lab = await LabAsync();

        var run = await RunAsync(lab, "record get subjects NOBODY --json");

        var error = JsonDocument.Parse(run.Error).RootElement.GetProperty("error");
        Assert.Equal("RECORD_NOT_FOUND", error.GetProperty("reason").GetString());
        Assert.Contains("query the dataset", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task An_empty_branch_says_so_and_lists_nothing_for_machines()
    {
        var branch = await fixture.ForkAsync();

        var list = await CommandRun.OfAsync(fixture.Variables, $"dataset list --branch {branch}");
        var json = await CommandRun.OfAsync(fixture.Variables, $"dataset list --branch {branch} --json");

        Assert.Equal(ExitCode.Success, list.ExitCode);
        Assert.NotEmpty(list.Output + list.Error);
        Assert.Equal(0, JsonDocument.Parse(json.Output).RootElement.GetProperty("datasets").GetArrayLength());
    }

    [Fact]
    public async Task An_empty_dataset_has_no_records_and_exports_its_header()
    {
        var lab = await LabAsync();
        var file = Path.Combine(folder.FullName, "out.csv");

        var query = await RunAsync(lab, "record query subjects --json");
        await SayAsync(lab, $"record export subjects -o {file}");

        Assert.Equal(0, JsonDocument.Parse(query.Output).RootElement.GetProperty("records").GetArrayLength());
        Assert.Equal(
            "id,age,mail,sex",
            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Trim()
        );
    }

    private Task<RecordLab> LabAsync() => CreateAsync(fixture);

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string BranchOf(RecordLab lab) => lab.Branch[(lab.Branch.LastIndexOf('/') + 1)..];

    private Task<CommandRun> RunAsync(RecordLab lab, string command) =>
        CommandRun.OfAsync(fixture.Variables, $"{command} --branch {BranchOf(lab)}");

    private async Task<string> SayAsync(RecordLab lab, string command)
    {
        var run = await RunAsync(lab, command);
        Assert.True(run.ExitCode == ExitCode.Success, $"dendrite {command}: {run.ExitCode} {run.Error}");
        return run.Output;
    }
}
