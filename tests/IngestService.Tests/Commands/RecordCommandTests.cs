using System.Text;
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
        var tried = await SayAsync(lab, $"record upsert subjects {file} --null NA --delete-missing --dry-run");
        Assert.Contains("1 new, 1 changed, 0 the same, 1 to delete; nothing was written", tried);
        Assert.Equal(["S1", "S2"], await lab.QueryAsync(Subjects));
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

        var refused = await RunAsync(lab, $"record upsert subjects {taken}");
        Assert.Equal(ExitCode.Conflict, refused.ExitCode);
        Assert.Contains("is taken by record S1", refused.Error);
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
    [InlineData("gains.csv", "id,gain\nS1,0.1\nS2,-Infinity\nS3,\n")]
    [InlineData("gains.jsonl", """{"id":"S1","gain":0.1}{LF}{"id":"S2","gain":"-Infinity"}{LF}{"id":"S3"}""")]
    public async Task Binary_numbers_arrive_finite_or_not(string name, string text)
    {
        var lab = await LabAsync();
        var gains = new V1.Dataset { KeyColumns = { "id" } };
        gains.Columns.Add(new V1.Column { Column_ = "id", Type = V1.ColumnType.Text });
        gains.Columns.Add(new V1.Column { Column_ = "gain", Type = V1.ColumnType.Double });
        await lab.CreateAsync("gains", gains);
        var file = Write(name, text.Replace("{LF}", "\n", StringComparison.Ordinal));

        await SayAsync(lab, $"record upsert gains {file}");

        var exported = await lab.ExportAsync("gains", V1.RecordFormat.Csv);
        Assert.Equal("id,gain\r\nS1,0.1\r\nS2,-Infinity\r\nS3,\r\n", exported);
    }

    [Fact]
    public async Task A_dataset_is_made_by_a_file_of_another_encoding_whose_columns_are_renamed()
    {
        var lab = await LabAsync();
        var file = Path.Combine(folder.FullName, "doctors.csv");
        var bytes = Encoding.Latin1.GetBytes("Kürzel;age\nJÜ;40\nXX;-\n");
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);

        var refused = await RunAsync(lab, $"dataset create doctors --from {file}");
        Assert.Equal(ExitCode.BadData, refused.ExitCode);
        Assert.Contains("say which with --encoding", refused.Error);
        const string Document = "--encoding windows-1252 --delimiter ; --null - --map Kürzel=id";
        await SayAsync(lab, $"dataset create doctors --from {file} {Document}");
        await SayAsync(lab, $"record load doctors {file} {Document}");

        Assert.Equal("id,age\r\nJÜ,40\r\nXX,\r\n", await lab.ExportAsync("doctors", V1.RecordFormat.Csv));
    }

    [Theory]
    [InlineData("--key-prefix S1", "S1,1 S1,2 S1,3")]
    [InlineData("--key-prefix S%31,2", "S1,2")]
    [InlineData("--from S1,2", "S1,2 S1,3 S10,1 S2,1")]
    [InlineData("--to S10,1", "S1,1 S1,2 S1,3")]
    [InlineData("--from S1,3 --to S2,1", "S1,3 S10,1")]
    [InlineData("--key-prefix S1 --from S1,2 --filter visit<3", "S1,2")]
    public async Task Records_are_queried_and_exported_by_the_beginning_or_a_range_of_their_keys(
        string options,
        string expected
    )
    {
        var lab = await LabAsync();
        await lab.PutAsync(Subjects, Row(("id", "S1")), Row(("id", "S2")), Row(("id", "S10")));
        var visits = Write("visits.csv", "subject,visit\nS1,1\nS1,2\nS1,3\nS10,1\nS2,1\n");
        await SayAsync(lab, $"record load visits {visits}");
        var file = Path.Combine(folder.FullName, "some.csv");

        var found = JsonDocument.Parse(await SayAsync(lab, $"record query visits {options} --json")).RootElement;
        await SayAsync(lab, $"record export visits {options} -o {file}");

        var records = found.GetProperty("records").EnumerateArray();
        Assert.Equal(
            expected,
            string.Join(' ', records.Select(one => one.GetProperty("name").GetString()!.Split('/')[^1]))
        );
        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(expected, string.Join(' ', lines.Skip(1).Select(line => line.TrimEnd(','))));
    }

    [Theory]
    [InlineData("--key-prefix true", "true,-2 true,1.5")]
    [InlineData("--key-prefix true,-2", "true,-2")]
    [InlineData("--key-prefix false,NaN", "false,NaN")]
    public async Task Records_are_exported_by_the_beginning_of_keys_without_text(string options, string expected)
    {
        var lab = await LabAsync();
        await lab.CreateAsync(Doses, DosesDataset());
        await SayAsync(lab, $"record load doses {Write("doses.csv", "given,dose\ntrue,1.5\ntrue,-2\nfalse,NaN\n")}");
        var file = Path.Combine(folder.FullName, "some.csv");

        await SayAsync(lab, $"record export doses {options} -o {file}");

        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(expected, string.Join(' ', lines.Skip(1)));
    }

    [Fact]
    public async Task A_record_is_deleted_only_as_it_was_read()
    {
        var lab = await LabAsync();
        await lab.PutAsync(Subjects, Row(("id", "S1"), ("age", 40)));
        var read = (await lab.GetAsync(Subjects, "S1")).Version;
        await lab.PutAsync(Subjects, Row(("id", "S1"), ("age", 41)));

        Assert.Equal(
            ExitCode.Conflict,
            (await RunAsync(lab, $"record delete subjects S1 --if-version {read}")).ExitCode
        );
        Assert.Equal(41, (await lab.GetAsync(Subjects, "S1")).Values.Fields["age"].NumberValue);
        var now = (await lab.GetAsync(Subjects, "S1")).Version;
        await SayAsync(lab, $"record delete subjects S1 --if-version {now}");
        Assert.Empty(await lab.QueryAsync(Subjects));
    }

    [Fact]
    public async Task What_a_dataset_says_of_itself_is_changed_and_its_columns_stay()
    {
        var lab = await LabAsync();
        var before = JsonDocument.Parse(await SayAsync(lab, "dataset show subjects --json")).RootElement;
        var old = before.GetProperty("etag").GetString();

        var first = await SayAsync(lab, $"dataset update subjects --title Demographics --label domain=dm --etag {old}");
        Assert.Contains("title   Demographics", first);
        Assert.Contains("labels  domain=dm", first);
        var second = await SayAsync(lab, "dataset update subjects --description screened --label site=berlin");
        Assert.Contains("title   Demographics", second);
        Assert.Contains("about   screened", second);
        Assert.Contains("labels  domain=dm, site=berlin", second);
        Assert.Contains("labels  site=berlin", await SayAsync(lab, "dataset update subjects --label domain="));

        var late = await RunAsync(lab, $"dataset update subjects --title Late --etag {old}");
        Assert.Equal(ExitCode.Conflict, late.ExitCode);
        var empty = await RunAsync(lab, "dataset update subjects");
        Assert.Equal(ExitCode.Usage, empty.ExitCode);
        Assert.Contains("at least one option", empty.Error);
        var after = JsonDocument.Parse(await SayAsync(lab, "dataset show subjects --json")).RootElement;
        Assert.Equal($"{before.GetProperty("columns")}", $"{after.GetProperty("columns")}");
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
    [InlineData("record get subjects a,b", nameof(ExitCode.Usage), "the key has 1 column")]
    [InlineData("record put subjects {", nameof(ExitCode.Usage), "VALUES is no JSON object")]
    [InlineData("record put subjects {\"id\":\"S1\",\"age\":200}", nameof(ExitCode.Conflict), "above the maximum 120")]
    [InlineData("record put subjects {\"id\":\"S1\",\"size\":2}", nameof(ExitCode.Usage), "size in VALUES: ")]
    [InlineData("record patch subjects NOBODY {\"age\":2}", nameof(ExitCode.NotFound), "NOBODY")]
    [InlineData("record delete subjects NOBODY", nameof(ExitCode.NotFound), "NOBODY")]
    [InlineData("record query subjects --filter height=1", nameof(ExitCode.Usage), "--filter: ")]
    [InlineData("record query subjects --key-prefix S1,2", nameof(ExitCode.Usage), "the key has 1 column")]
    [InlineData("record export subjects -o OUT --from a,b", nameof(ExitCode.Usage), "--from: ")]
    [InlineData("record query subjects --order height", nameof(ExitCode.Usage), "--order: ")]
    [InlineData("dataset show nothing", nameof(ExitCode.NotFound), "list the branch's datasets")]
    [InlineData("dataset delete subjects", nameof(ExitCode.Conflict), "drop that constraint first")]
    public async Task What_goes_wrong_is_said_with_its_remedy(string command, string exitCode, string says)
    {
        var lab = await LabAsync();
        var file = Write("subjects.csv", "id\nS1\n");
        var run = await CommandRun.OfAsync(
            fixture.Variables,
            [
                .. command.Replace("FILE", file).Replace("OUT", Path.Combine(folder.FullName, "out.csv")).Split(' '),
                "--branch",
                BranchOf(lab),
            ]
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

        Assert.Equal("No records.", (await SayAsync(lab, "record query subjects")).Trim());
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
