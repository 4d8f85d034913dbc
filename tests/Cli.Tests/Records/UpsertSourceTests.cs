using Dendrite.Cli.Records;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.V1;

namespace Dendrite.Cli.Tests.Records;

public sealed class UpsertSourceTests : IDisposable
{
    private static readonly Dataset Devices = new()
    {
        KeyColumns = { "id" },
        Columns =
        {
            new Column { Column_ = "id", Type = ColumnType.Text },
            new Column { Column_ = "device", Type = ColumnType.Json },
        },
    };

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-upsert-source-tests-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("devices.csv", "id,device\nS1,\"{\"\"gain\"\":12.50}\"\nS2,{NUMBER}\n", 3)]
    [InlineData(
        "devices.jsonl",
        """
            {"id":"S1","device":{"gain":12.50}}
            {"id":"S2","device":{"serial":[NUMBER]}}
            """,
        2
    )]
    public async Task A_number_within_json_that_would_be_rounded_is_a_bad_row(string name, string text, int line)
    {
        foreach (var number in new[] { "9007199254740993", "0.1234567890123456789", "1e399" })
        {
            var document = text.Replace("{NUMBER}", "[NUMBER]", StringComparison.Ordinal)
                .Replace("NUMBER", number, StringComparison.Ordinal);
            await using var source = await OpenAsync(name, document);

            Assert.Empty(await BatchesAsync(source));

            var bad = Assert.Single(source.BadRows);
            Assert.Equal((line, "device"), (bad.Line, bad.Column));
            Assert.Contains("record load", bad.Problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_binary64_keeps_goes_as_it_is()
    {
        const string Text = """
            {"id":"S1","device":{"gain":12.50,"serial":"9007199254740993","none":null}}
            {"id":"S2","device":1.7976931348623157e308}
            """;
        await using var source = await OpenAsync("devices.jsonl", Text);

        var records = Assert.Single(await BatchesAsync(source)).Records;

        Assert.Empty(source.BadRows);
        Assert.Equal(12.5, records[0].Fields["device"].StructValue.Fields["gain"].NumberValue);
        Assert.Equal("9007199254740993", records[0].Fields["device"].StructValue.Fields["serial"].StringValue);
        Assert.Equal(double.MaxValue, records[1].Fields["device"].NumberValue);
    }

    [Fact]
    public async Task A_pipe_is_read_to_its_end()
    {
        var path = Path.Combine(folder.FullName, "pipe.csv");
        var written = NamedPipe.MakeAsync(path, "id,device\nS1,1\nS2,2\n");
        await using var source = UpsertSource.Open(path, File.OpenRead(path), Devices, new());

        var batch = Assert.Single(await BatchesAsync(source));

        await written;
        Assert.Equal(2, batch.Records.Count);
        Assert.Null(source.Length);
        Assert.Equal(0, source.Position);
    }

    private static async Task<List<UpsertBatch>> BatchesAsync(UpsertSource source)
    {
        List<UpsertBatch> batches = [];
        await foreach (var batch in source.ReadAsync(100, 1 << 20, TestContext.Current.CancellationToken))
        {
            batches.Add(batch);
        }

        return batches;
    }

    private async Task<UpsertSource> OpenAsync(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        return UpsertSource.Open(path, File.OpenRead(path), Devices, new());
    }
}
