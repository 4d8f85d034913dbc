using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;
using Dendrite.IngestService.Tests.Records;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Commands;

/// <summary>
/// What <c>record load</c> and <c>record upsert</c> make of files of all sorts, against the real service.
/// </summary>
public sealed class RecordFileCommandTests(IngestFixture fixture) : IClassFixture<IngestFixture>, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-record-files-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("load", "empty.csv", "", ExitCode.BadData)]
    [InlineData("load", "empty.jsonl", "", ExitCode.Success)]
    [InlineData("upsert", "empty.csv", "", ExitCode.BadData)]
    [InlineData("upsert", "empty.jsonl", "", ExitCode.Success)]
    [InlineData("upsert --delete-missing", "empty.csv", "", ExitCode.BadData)]
    [InlineData("upsert --delete-missing", "empty.csv", "\uFEFF\n\n", ExitCode.BadData)]
    [InlineData("upsert --delete-missing", "empty.jsonl", "\n", ExitCode.BadData)]
    public async Task An_empty_file_deletes_nothing(string command, string name, string text, object expected)
    {
        var lab = await LabAsync();
        await lab.PutAsync(Subjects, Row(("id", "S1")));

        var run = await RunAsync(lab, $"record {command} subjects {Write(name, text)}");

        Assert.Equal(expected, run.ExitCode);
        Assert.Equal((ExitCode)expected == ExitCode.BadData, run.Error.Contains("empty", StringComparison.Ordinal));
        Assert.Equal(["S1"], await lab.QueryAsync(Subjects));
    }

    [Fact]
    public async Task A_line_of_names_alone_stands_for_no_records()
    {
        var lab = await LabAsync();
        await lab.PutAsync(Subjects, Row(("id", "S1")));

        await SayAsync(lab, $"record upsert subjects {Write("none.csv", "id,age\n")} --delete-missing");

        Assert.Empty(await lab.QueryAsync(Subjects));
    }

    [Theory]
    [InlineData("", "id\nS1\nS2\n", "2 records loaded, version ")]
    [InlineData("", "id\n", "0 records loaded\n")]
    [InlineData("", "id,age\nS1,x\n", "1 bad row; nothing was written\n")]
    [InlineData("--skip-bad-rows ", "id,age\nS1,x\nS2,1\n", "1 record loaded, 1 bad row left out, version ")]
    [InlineData("--dry-run ", "id\nS1\n", "The file fits; nothing was written\n")]
    [InlineData("--dry-run ", "id,age\nS1,x\n", "1 bad row; nothing was written\n")]
    [InlineData("--dry-run --skip-bad-rows ", "id,age\nS1,x\n", "1 bad row would be left out; nothing was written\n")]
    public async Task A_load_says_what_was_written(string options, string text, string says)
    {
        var lab = await LabAsync();

        var run = await RunAsync(lab, $"record load {options}subjects {Write("subjects.csv", text)}");

        Assert.StartsWith(says, run.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("load")]
    [InlineData("upsert")]
    public async Task A_record_that_a_file_brings_twice_is_named_by_both_lines(string command)
    {
        var lab = await LabAsync();
        var twice = Write("twice.csv", "id\nS2\nS3\nS2\n");

        var again = await RunAsync(lab, $"record {command} subjects {twice}");

        Assert.Equal(ExitCode.BadData, again.ExitCode);
        Assert.Contains("line 4 brings record S2, which line 2 brings already; bring each record once", again.Error);
        Assert.Empty(await lab.QueryAsync(Subjects));
    }

    [Theory]
    [InlineData("load")]
    [InlineData("upsert")]
    public async Task Columns_of_other_names_are_mapped(string command)
    {
        var lab = await LabAsync();
        var file = Write("dm.csv", "USUBJID,AGE,sex\nS1,40,M\n");

        var refused = await RunAsync(lab, $"record {command} subjects {file} --map USUBJID=id");
        Assert.Equal(ExitCode.BadData, refused.ExitCode);
        Assert.Contains("line 1, AGE", refused.Error);
        await SayAsync(lab, $"record {command} subjects {file} --map USUBJID=id --map AGE=age");

        var stored = (await lab.GetAsync(Subjects, "S1")).Values.Fields;
        Assert.Equal((40, "M"), (stored["age"].NumberValue, stored["sex"].StringValue));
    }

    [Theory]
    [InlineData("load")]
    [InlineData("upsert")]
    public async Task A_tab_between_fields_is_said_as_it_is_written_elsewhere(string command)
    {
        var lab = await LabAsync();
        var file = Write("dm.csv", "id\tage\nS1\t40\n");

        var refused = await RunAsync(lab, $"record {command} subjects {file}");
        Assert.Equal(ExitCode.BadData, refused.ExitCode);
        Assert.Contains("--delimiter '\\t'", refused.Error);
        await SayAsync(lab, $"record {command} subjects {file} --delimiter \\t");

        Assert.Equal(40, (await lab.GetAsync(Subjects, "S1")).Values.Fields["age"].NumberValue);
    }

    [Theory]
    [InlineData("load")]
    [InlineData("upsert")]
    public async Task Lines_of_json_have_no_columns_to_map(string command)
    {
        var lab = await LabAsync();
        var file = Write("dm.jsonl", """{"USUBJID":"S1"}""");

        var refused = await RunAsync(lab, $"record {command} subjects {file} --map USUBJID=id");

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("--map is for CSV", refused.Error);
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
