using System.IO.Compression;
using System.Text;
using Dendrite.Errors;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Sync;

public sealed class FolderSourceTests(SyncLab lab) : IClassFixture<SyncLab>
{
    [Fact]
    public async Task Files_of_every_form_are_read_by_name_and_links_are_left_out()
    {
        var folder = Make("forms");
        await WriteAsync(folder, "a.csv", "id,value\r\na1,1\r\na2,2\r\n");
        await WriteAsync(folder, "b.json", "[{\"id\":\"b1\",\"value\":3}]");
        await WriteAsync(folder, "c.jsonl", "{\"id\":\"c1\",\"value\":4}\n{\"id\":\"c2\",\"value\":5}\n");
        await WriteAsync(folder, "readme.txt", "not for us");
        await using (
            var packed = new GZipStream(File.Create(Path.Combine(folder, "d.csv.gz")), CompressionLevel.Fastest)
        )
            await packed.WriteAsync("id,value\r\na2,6\r\n"u8.ToArray(), SyncLab.Token);
        File.CreateSymbolicLink(Path.Combine(folder, "e.csv"), "/etc/hostname");
        var source = await SourceOfAsync("forms", "");
        var control = new SyncStop(int.MaxValue);
        await lab.PullAsync(source, control);
        var values = await lab.ReadAsync(source.Dataset);
        Assert.Equal(["a1=1", "a2=6", "b1=3", "c1=4", "c2=5"], values.Select(each => $"{each.Key}={each.Value}"));
        Assert.Contains(control.Notes, note => note.StartsWith("e.csv is left out", StringComparison.Ordinal));
        Assert.Contains(control.Notes, note => note.StartsWith("readme.txt is left out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Binary_numbers_come_finite_or_not_and_a_second_time_unchanged()
    {
        var folder = Make("doubles");
        await WriteAsync(folder, "a.csv", "id,gain\r\na1,0.1\r\na2,NaN\r\n");
        await WriteAsync(folder, "b.json", "[{\"id\":\"b1\",\"gain\":-2.5e-300},{\"id\":\"b2\",\"gain\":null}]");
        var gain = new Column { Column_ = "gain", Type = ColumnType.Double };
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(made => made.Columns.Add(gain)),
                Folder = new() { Path = "doubles" },
            }
        );

        var first = await lab.PullAsync(source);
        var second = await lab.PullAsync(source);

        Assert.Equal((4, 0), (first.New, first.DeadLetters));
        Assert.Equal((4, 0L), (second.Unchanged, second.Version));
        Assert.Equal("NaN", (await lab.ReadAsync(source.Dataset, "gain"))["a2"]);
    }

    [Fact]
    public async Task Killed_within_a_file_it_goes_on_within_and_from_the_beginning_where_the_file_changed()
    {
        var folder = Make("stopped");
        await WriteAsync(folder, "1.csv", Lines(0, 120));
        await WriteAsync(folder, "2.csv", Lines(120, 120));
        var source = await SourceOfAsync("stopped", "*.csv");
        var run = new Guid(51, 0, 1, new byte[8]);
        await Assert.ThrowsAsync<WorkerDiedException>(() => lab.PullAsync(source, new SyncStop(2), run));
        var tally = await lab.PullAsync(source, run: run);
        Assert.Equal((240, 240, 0), (tally.Fetched, tally.New, tally.Unchanged));

        await WriteAsync(folder, "1.csv", Lines(0, 120).Replace(",7\r", ",70\r", StringComparison.Ordinal));
        run = new Guid(52, 0, 1, new byte[8]);
        await Assert.ThrowsAsync<WorkerDiedException>(() => lab.PullAsync(source, new SyncStop(2), run));
        await WriteAsync(folder, "1.csv", Lines(0, 120).Replace(",8\r", ",80\r", StringComparison.Ordinal));
        await lab.PullAsync(source, run: run);
        var values = await lab.ReadAsync(source.Dataset);
        Assert.Equal(("7", "80", 240), (values["i7"], values["i8"], values.Count));
    }

    [Fact]
    public async Task A_folder_behind_a_link_or_that_is_not_there_is_refused()
    {
        Make("here");
        Directory.CreateSymbolicLink(Path.Combine(lab.Folder, "lab", "away"), "/etc");
        foreach (
            var (path, reason, said) in new[]
            {
                ("away", ErrorReason.SourceFailed, "goes by a link"),
                ("nowhere", ErrorReason.FolderNotFound, "does not exist"),
            }
        )
        {
            var source = await SourceOfAsync(path, "");
            var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.PullAsync(source));
            Assert.Equal(reason, refusal.Reason);
            Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_clinical_table_comes_as_it_is_and_a_second_time_unchanged()
    {
        var shared = FindShared();
        Assert.SkipUnless(shared is not null, "../shared/data/clinical is not beside the repository.");
        var folder = Make("clinical");
        File.Copy(Path.Combine(shared!, "dm.csv"), Path.Combine(folder, "dm.csv"));
        var lines = await File.ReadAllLinesAsync(Path.Combine(folder, "dm.csv"), SyncLab.Token);
        var dataset = await lab.CreateDatasetAsync(made =>
        {
            made.Columns.Clear();
            made.KeyColumns.Clear();
            made.KeyColumns.Add("USUBJID");
            made.Columns.Add(
                lines[0].Split(',').Select(name => new Column { Column_ = name.Trim('"'), Type = ColumnType.Text })
            );
        });
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = dataset,
                Folder = new() { Path = "clinical" },
            }
        );
        var first = await lab.PullAsync(source);
        Assert.Equal((lines.Length - 1, 0), (first.New, first.DeadLetters));
        var second = await lab.PullAsync(source);
        Assert.Equal((lines.Length - 1, 0L), (second.Unchanged, second.Version));
    }

    private static string Lines(int first, int count)
    {
        var text = new StringBuilder("id,value\r\n");
        for (var i = first; i < first + count; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"i{i},{i}\r\n");
        return text.ToString();
    }

    private static string? FindShared()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var data = Path.Combine(folder.FullName, "shared", "data", "clinical", "cdiscpilot");
            if (File.Exists(Path.Combine(data, "dm.csv")))
                return data;
        }

        return null;
    }

    private static Task WriteAsync(string folder, string name, string text) =>
        File.WriteAllTextAsync(Path.Combine(folder, name), text, SyncLab.Token);

    private string Make(string name) => Directory.CreateDirectory(Path.Combine(lab.Folder, "lab", name)).FullName;

    private async Task<SyncSource> SourceOfAsync(string path, string pattern) =>
        await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Folder = new() { Path = path, Pattern = pattern },
            }
        );
}
